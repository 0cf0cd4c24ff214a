/** `--variant` where not every part of a model has such files: read as they are, and said; refused where no part has any. */
import { cpSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { diffusersFixture, original } from "../../support/goldens.js";
import { runCli, scratchFolder } from "../run-cli.js";

const folder = scratchFolder();
const picture = ["--steps", "1", "--width", "64", "--height", "64", "--seed", "1", "--output", "x.png"];
const note = (file: string): string =>
  `note: ${file} is taken as it is: this part has no files of the variant "bf16"\n`;

beforeAll(() => {
  mkdirSync(join(folder, "diffusers"));
  cpSync(diffusersFixture("tiny"), join(folder, "diffusers"), { recursive: true });
  const [from, to] = ["unet/diffusion_pytorch_model.fp16.safetensors", "unet/diffusion_pytorch_model.bf16.safetensors"];
  renameSync(join(folder, "diffusers", from), join(folder, "diffusers", to));
  cpSync(original.path("tiny"), join(folder, "original"), { recursive: true });
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

test.each([
  ["generate", ["generate", "a red cat", "--model", "diffusers", ...picture]],
  ["plan", ["plan", "diffusers", "--width", "64", "--height", "64"]],
  ["convert", ["convert", "diffusers", "--output", "converted"]],
])("%s says which parts are read as they are", async (_, args) => {
  const { code, stderr } = await runCli(folder, [...args, "--variant", "bf16"]);
  expect(code, stderr).toBe(0);
  for (const file of ["text_encoder/model.safetensors", "movq/diffusion_pytorch_model.safetensors"]) {
    expect(stderr).toContain(note(file));
  }
  expect(stderr).not.toContain("note: unet");
});

test("inspect reads them as well", async () => {
  const { code, stdout } = await runCli(folder, ["inspect", "diffusers", "--variant", "bf16", "--json"]);
  expect(code).toBe(0);
  expect(stdout.toString()).toContain("diffusion_pytorch_model.bf16.safetensors");
});

test.each([
  ["diffusers", "int3"],
  ["original", "fp16"],
])("where no part of %s has it, it is refused with what there is", async (model, variant) => {
  for (const args of [
    ["generate", "a red cat", "--model", model, ...picture],
    ["plan", model],
  ]) {
    const { code, stderr } = await runCli(folder, [...args, "--variant", variant]);
    expect(code).toBe(1);
    expect(stderr).toMatch(new RegExp(`has no variant "${variant}", expected one of: no variant \\(`));
  }
  // What can be printed is, and this is among it.
  const { code, stdout } = await runCli(folder, ["inspect", model, "--variant", variant]);
  expect(code).toBe(0);
  expect(stdout.toString()).toMatch(new RegExp(`has no variant "${variant}", expected one of: no variant \\(`));
});
