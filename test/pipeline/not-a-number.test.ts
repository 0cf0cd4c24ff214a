/** A weight that is no number ends the run where it shows, by name, and nothing of it is kept. */
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { Kandinsky3, tensor } from "../../src/index.js";
import { cacheFolder } from "../../src/files/cache-folder.js";
import { TINY } from "../support/tiny-networks.js";
import { runCli } from "../cli/run-cli.js";

const scratch = mkdtempSync(join(tmpdir(), "kandinsky3-nan-"));
const REQUEST = { prompt: "a cat", seed: 1, numInferenceSteps: 2, width: 64, height: 64 } as const;

afterAll(() => {
  rmSync(scratch, { recursive: true, force: true });
});

/** The tiny model with the first number of one weight replaced. */
function damaged(name: string, file: string, key: string, number: number): string {
  const folder = join(scratch, name);
  cpSync(TINY, folder, { recursive: true });
  const path = join(folder, file);
  const bytes = readFileSync(path);
  const headerBytes = Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.subarray(8, 8 + headerBytes).toString()) as Record<
    string,
    { data_offsets: number[] }
  >;
  const offset = header[key]?.data_offsets[0] ?? expect.fail(`no weight ${key}`);
  bytes.writeFloatLE(number, 8 + headerBytes + offset);
  writeFileSync(path, bytes);
  return folder;
}

const UNET = "unet/diffusion_pytorch_model.safetensors";
const MOVQ = "movq/diffusion_pytorch_model.safetensors";

describe.each([
  ["NaN", NaN],
  ["Infinity", Infinity],
])("%s", (word, number) => {
  test.each([
    ["text", "text_encoder/model.safetensors", "encoder.final_layer_norm.weight", /^text_encoder: number \[0, 0, 0\]/],
    ["unet", UNET, "conv_in.bias", /^unet, step 1 of 2: number/],
    ["decoder", MOVQ, "decoder.conv_out.bias", /^movq, decoder: number \[0, 0, 0, 0\]/],
  ])("in the %s", async (name, file, key, message) => {
    const model = damaged(`${name}-${word}`, file, key, number);
    const prompts = join(cacheFolder(), "prompts");
    const before = existsSync(prompts) ? readdirSync(prompts).length : 0;
    await using pipe = await Kandinsky3.fromPretrained(model);
    await expect(pipe.textToImage(REQUEST)).rejects.toThrow(message);
    if (name === "text") {
      expect(existsSync(prompts) ? readdirSync(prompts).length : 0).toBe(before);
    }
  });
});

test("latents are no way around it: exit code 1, and no file", async () => {
  const model = damaged("latents", UNET, "conv_in.bias", NaN);
  const folder = mkdtempSync(join(scratch, "out-"));
  const args = ["generate", "a cat", "--model", model, "--output-type", "latent", "--steps", "2", "--width", "64"];
  const { code, stderr } = await runCli(folder, [...args, "--height", "64"]);
  expect(code).toBe(1);
  expect(stderr).toMatch(/kandinsky3: unet, step 1 of 2: number .* is NaN, expected a finite one/);
  expect(readdirSync(folder)).toEqual([]);
});

test("what is given is looked at as well", async () => {
  await using pipe = await Kandinsky3.fromPretrained(TINY);
  const nothing = () => tensor([1, 4, 8, 8], new Float32Array(256).fill(NaN));
  await expect(pipe.textToImage({ ...REQUEST, callbackOnStepEnd: nothing })).rejects.toThrow(
    /^the latents after step 1 of 2: number/,
  );
});
