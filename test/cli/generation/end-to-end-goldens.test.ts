/** The goldens of kind `e2e` through the command line, with the arguments that the manifest names. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { parseNpy } from "../../../src/tensor/npy.js";
import { tensor } from "../../../src/tensor/tensor.js";
import { expectClose } from "../../support/closeness.js";
import { casesOf, diffusersFixture, goldenTensor, type GoldenCase } from "../../support/goldens.js";

interface CommandLineCase extends GoldenCase {
  readonly model: string;
  readonly inputs: { readonly variant?: string };
  readonly runs: readonly { readonly args: readonly string[]; readonly output: "image" | "latents" }[];
  readonly outputs: Readonly<Record<"image" | "latents", { readonly file: string; readonly tolerance: number }>>;
}

const MAIN = fileURLToPath(new URL("../../../dist/cli/main.js", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "kandinsky3-goldens-"));

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const runs = casesOf<CommandLineCase>("e2e").flatMap((golden) =>
  golden.runs.map((run) => ({ ...golden, ...run, name: `${golden.id} (${run.output})` })),
);

describe("the manifest", () => {
  test("has runs of both kinds", () => {
    expect(new Set(runs.map(({ output }) => output))).toEqual(new Set(["image", "latents"]));
  });
});

describe.each(runs)("$name", ({ id, model, inputs, args, output, outputs }) => {
  test("equals the reference", () => {
    const file = join(folder, `${id}-${output}.npy`);
    const variant = inputs.variant === undefined ? [] : ["--variant", inputs.variant];
    const more = ["--model", diffusersFixture(model), ...variant, "--output", file];
    const printed = execFileSync(process.execPath, [MAIN, ...args, ...more], {
      cwd: diffusersFixture("."),
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    });
    expect(printed).toBe(`${file}\n`);
    const { shape, data } = parseNpy(readFileSync(file));
    const golden = outputs[output];
    expectClose(tensor(shape, data as Float32Array), goldenTensor(golden.file), golden.tolerance, output);
  });
});
