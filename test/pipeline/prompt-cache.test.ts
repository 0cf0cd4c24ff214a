/** Embedded prompts on disk: a repeated prompt needs neither encoder nor its files, and nothing damaged is ever used. */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, expect, test } from "vitest";
import { CheckpointError } from "../../src/errors.js";
import { BUNDLED_MODEL } from "../../src/loading/bundled-model.js";
import { PromptCache } from "../../src/pipeline/phases/prompt-cache.js";
import { type GenerationResult, Kandinsky3, type LoadOptions, tensor } from "../../src/index.js";

const scratch = mkdtempSync(join(tmpdir(), "kandinsky3-prompts-"));
afterAll(() => {
  rmSync(scratch, { recursive: true });
});

let model = "";
let caches = "";
beforeEach(() => {
  const folder = mkdtempSync(join(scratch, "case-"));
  model = join(folder, "model");
  cpSync(BUNDLED_MODEL, model, { recursive: true });
  caches = join(folder, "cache");
  process.env["KANDINSKY3_CACHE"] = caches;
});

const request = { prompt: "a red house", negativePrompt: "blue", seed: 1, numInferenceSteps: 1 } as const;

async function paint(options: LoadOptions = {}, prompt: string = request.prompt): Promise<GenerationResult> {
  await using pipe = await Kandinsky3.fromPretrained(model, options);
  return await pipe.textToImage({ ...request, prompt });
}

const phasesOf = ({ phases }: GenerationResult): readonly string[] => phases.map(({ phase }) => phase);
const entries = (): string[] =>
  readdirSync(join(caches, "prompts"))
    .filter((name) => name.endsWith(".safetensors"))
    .map((name) => join(caches, "prompts", name));

test("a repeated prompt runs no encoder and gives the same picture, also when the encoder is gone", async () => {
  const first = await paint();
  expect(phasesOf(first)).toEqual(["text_encoder", "unet", "image_decoder"]);
  const second = await paint();
  expect(phasesOf(second)).toEqual(["unet", "image_decoder"]);
  expect(second.images).toEqual(first.images);

  rmSync(join(model, "text_encoder", "model.safetensors"));
  expect((await paint()).images).toEqual(first.images);
  await expect(paint({}, "a blue boat")).rejects.toThrow(/text_encoder/);

  rmSync(join(model, "text_encoder"), { recursive: true });
  expect((await paint()).images).toEqual(first.images);
  await expect(paint({}, "a blue boat")).rejects.toBeInstanceOf(CheckpointError);
  await expect(paint({ promptCache: false })).rejects.toBeInstanceOf(CheckpointError);
});

test("without the cache nothing is read and nothing written", async () => {
  expect(phasesOf(await paint({ promptCache: false }))).toContain("text_encoder");
  expect(() => entries()).toThrow(/ENOENT/);
  await paint();
  expect(phasesOf(await paint({ promptCache: false }))).toContain("text_encoder");
});

test("another prompt, another type and another encoder have entries of their own", async () => {
  await paint();
  expect(phasesOf(await paint({}, "a red boat"))).toContain("text_encoder");
  expect(phasesOf(await paint({ dtype: "text_encoder=int8" }))).toContain("text_encoder");
  const file = join(model, "text_encoder", "model.safetensors");
  const bytes = readFileSync(file);
  bytes[bytes.length - 2] = (bytes[bytes.length - 2] ?? 0) ^ 1;
  writeFileSync(file, bytes);
  expect(phasesOf(await paint())).toContain("text_encoder");
  expect(entries()).toHaveLength(4);
});

test("a damaged or half-written entry is made anew in silence", async () => {
  const first = await paint();
  const [file = ""] = entries();
  const { size } = statSync(file);
  const damage: (() => void)[] = [
    () => {
      truncateSync(file, size - 5);
    },
    () => {
      truncateSync(file, 3);
    },
    () => {
      writeFileSync(file, Buffer.alloc(size));
    },
    () => {
      const bytes = readFileSync(file);
      bytes[size - 1] = (bytes[size - 1] ?? 0) ^ 0x40;
      writeFileSync(file, bytes);
    },
  ];
  for (const harm of damage) {
    harm();
    const again = await paint();
    expect(phasesOf(again)).toContain("text_encoder");
    expect(again.images).toEqual(first.images);
  }
  expect(phasesOf(await paint())).not.toContain("text_encoder");
});

test("a folder that cannot be written costs no picture", async () => {
  writeFileSync(caches, "a file where the folder would be");
  expect((await paint()).images).toHaveLength(1);
});

test("an entry holds every text of its call and no other call's", async () => {
  const cache = new PromptCache(join(scratch, "small"), "encoder", 2);
  const rows = [Int32Array.of(5, 1), Int32Array.of(7, 8, 1)];
  const states = [tensor([2, 2], Float32Array.of(1, 2, 3, 4)), tensor([3, 2], Float32Array.of(5, 6, 7, 8, 9, 10))];
  await cache.write(rows, states);
  expect(await cache.read(rows)).toEqual(states);
  expect(await cache.read(rows.slice(0, 1))).toBeUndefined();
  expect(await cache.read([Int32Array.of(5), Int32Array.of(1, 7, 8, 1)])).toBeUndefined();
  expect(await new PromptCache(join(scratch, "small"), "other", 2).read(rows)).toBeUndefined();
});
