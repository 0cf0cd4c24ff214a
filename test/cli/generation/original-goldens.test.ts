/** The original's end-to-end goldens through the command line, with the arguments that the manifest names. */
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { parseNpy } from "../../../src/tensor/npy.js";
import { tensor } from "../../../src/tensor/tensor.js";
import { expectClose } from "../../support/closeness.js";
import { type GoldenCase, original } from "../../support/goldens.js";
import { runCli, scratchFolder } from "../run-cli.js";

interface CommandLineCase extends GoldenCase {
  readonly model: string;
  readonly args: readonly string[] | null;
  readonly args_without_flags?: readonly string[];
  readonly files: { readonly latent: { readonly file: string; readonly tolerance: number } };
}

const folder = scratchFolder();
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** What the manifest has no arguments for, in this program's own flags. */
const MORE_FLAGS: Readonly<Record<string, readonly string[]>> = {
  t2i_batches: ["--num-images", "3", "--batch-size", "2"],
  t2i_eta_zero: ["--eta", "0"],
  inpaint_two: ["--num-images", "2", "--batch-size", "1"],
  flash_square: ["--flash"],
  flash_wide: ["--flash"],
};

const cases = ["text_to_image", "inpainting", "flash"]
  .flatMap((kind) => original.cases<CommandLineCase>(kind))
  .flatMap((golden) => {
    const own = MORE_FLAGS[golden.id];
    const args = golden.args ?? (own === undefined ? undefined : [...(golden.args_without_flags ?? []), ...own]);
    return args === undefined ? [] : [{ ...golden, args }];
  });

test("all cases but the one that needs a function of the library have a command line", () => {
  expect(cases.map(({ id }) => id)).toHaveLength(15);
});

test.each(cases)("$id", async ({ id, model, args, files }) => {
  const file = join(folder, `${id}.npy`);
  const { code, stderr } = await runCli(original.path("."), [...args, "--model", model, "--output", file, "--quiet"]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  const { shape, data } = parseNpy(readFileSync(file));
  expectClose(tensor(shape, data as Float32Array), original.tensor(files.latent.file), files.latent.tolerance, id);
});
