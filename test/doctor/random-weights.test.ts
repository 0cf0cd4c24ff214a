/** A made-up checkpoint must be one that the published files could stand in for: the bundled model says which tensors there are. */
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readSafetensorsHeader } from "../../src/checkpoint/safetensors/safetensors.js";
import { WeightScope } from "../../src/checkpoint/weight-scope.js";
import { benchmark, type BenchmarkResult } from "../../src/benchmark/benchmark.js";
import { writeRandomWeights } from "../../src/benchmark/random-weights.js";
import { planWeights, type WeightPlan } from "../../src/components/weight-plan.js";
import { type Network, readNetworkConfig } from "../../src/components/network.js";
import { NETWORKS } from "../../src/components/components.js";
import { UNET } from "../../src/components/unet.js";

const NANO = fileURLToPath(new URL("../../models/nano", import.meta.url));
const config = (part: string): string => join(NANO, part, "config.json");

async function planOf<Config>(network: Network<Config>): Promise<WeightPlan> {
  return planWeights(network, await readNetworkConfig(network, config(network.kind)));
}

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "kandinsky3-test-"));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe("planWeights", () => {
  it.each(NETWORKS)("asks for the tensors of $kind that its file has, in their shapes", async (network) => {
    const { tensors } = await readSafetensorsHeader(join(NANO, network.kind, `${network.weightsBase}.safetensors`));
    const shapes = Object.fromEntries([...tensors].map(([key, { shape }]) => [key, shape]));
    expect(Object.fromEntries(await planOf<unknown>(network))).toEqual(shapes);
  });
});

describe("writeRandomWeights", () => {
  it.each(["float16", "float32"] as const)("writes a file of %s that passes the audit", async (dtype) => {
    const file = join(folder, `${dtype}.safetensors`);
    const plan = await planOf(UNET);
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
