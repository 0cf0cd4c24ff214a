/** A made-up checkpoint must be one that the published files could stand in for: the bundled model says which tensors there are. */
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readSafetensorsHeader } from "../../src/checkpoint/safetensors/safetensors.js";
import { WeightScope } from "../../src/checkpoint/weight-scope.js";
import { readMovqConfig } from "../../src/models/movq/config.js";
import { readT5Config } from "../../src/models/t5/config.js";
import { readUNetConfig } from "../../src/models/unet/config.js";
import { benchmark, type BenchmarkResult } from "../../src/benchmark/benchmark.js";
import { SMALLEST_BUILDS } from "../../src/components/programs.js";
import { writeRandomWeights } from "../../src/benchmark/random-weights.js";
import { planWeights, type WeightPlan } from "../../src/components/weight-plan.js";

const NANO = fileURLToPath(new URL("../../models/nano", import.meta.url));
const config = (part: string): string => join(NANO, part, "config.json");

async function planOf(part: keyof typeof SMALLEST_BUILDS): Promise<WeightPlan> {
  switch (part) {
    case "text_encoder": {
      const read = await readT5Config(config(part));
      return planWeights((source, graph) => {
        SMALLEST_BUILDS[part](source, read, graph);
      });
    }
    case "unet": {
      const read = await readUNetConfig(config(part));
      return planWeights((source, graph) => {
        SMALLEST_BUILDS[part](source, read, graph);
      });
    }
    case "movq": {
      const read = await readMovqConfig(config(part));
      return planWeights((source, graph) => {
        SMALLEST_BUILDS[part](source, read, graph);
      });
    }
  }
}

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "kandinsky3-test-"));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe("planWeights", () => {
  it.each([
    ["text_encoder", "model.safetensors"],
    ["unet", "diffusion_pytorch_model.safetensors"],
    ["movq", "diffusion_pytorch_model.safetensors"],
  ] as const)("asks for the tensors of %s that its file has, in their shapes", async (part, file) => {
    const { tensors } = await readSafetensorsHeader(join(NANO, part, file));
    const shapes = Object.fromEntries([...tensors].map(([key, { shape }]) => [key, shape]));
    expect(Object.fromEntries(await planOf(part))).toEqual(shapes);
  });
});

describe("writeRandomWeights", () => {
  it.each(["float16", "float32"] as const)("writes a file of %s that passes the audit", async (dtype) => {
    const file = join(folder, `${dtype}.safetensors`);
    const plan = await planOf("unet");
    await writeRandomWeights(file, plan, dtype);
    const source = await readSafetensorsHeader(file);
    expect([...source.tensors.values()].every((location) => location.dtype === dtype)).toBe(true);
    const scope = WeightScope.root(source);
    plan.forEach((shape, key) => scope.weight(key, shape));
    expect(scope.audit().used).toBe(plan.size);
  });
});

describe("benchmark", () => {
  it("times every part of a folder that has configurations alone", async () => {
    for (const part of ["text_encoder", "unet", "movq"]) {
      await cp(config(part), join(folder, "model", part, "config.json"));
    }
    const results: BenchmarkResult[] = [];
    for await (const result of benchmark(join(folder, "model"), { width: 64, height: 64, runs: 1, profile: true })) {
      results.push(result);
    }
    expect(results.map(({ weights }) => weights)).toEqual([undefined, undefined, ...Array<string>(4).fill("random")]);
    for (const { name, operators = [] } of results) {
      const heaviest = name.includes("matrix products") || name.includes("text encoder") ? "Gemm" : "Conv";
      expect(operators.map(({ operator }) => operator)).toContain(heaviest);
      expect(operators.every(({ calls, seconds }) => calls >= 1 && seconds >= 0)).toBe(true);
    }
    expect(results.every(({ seconds, gflopsPerSecond }) => seconds > 0 && gflopsPerSecond > 0)).toBe(true);
  });
});
