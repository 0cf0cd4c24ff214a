/** `convert`: the original release as a diffusers folder, tensor by tensor, and what it leaves when it cannot end. */
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { openModelFolder, openNullEmbedding, openWeightsOf } from "../../src/loading/model-folder.js";
import type { TensorLocation } from "../../src/checkpoint/tensor-location.js";
import { AbortedError } from "../../src/errors.js";
import { convertModel } from "../../src/convert/convert-model.js";
import { original } from "../support/goldens.js";
import { NANO, runCli, scratchFolder } from "./run-cli.js";

const TINY = original.path("tiny");
const REQUEST = ["generate", "red teapot on a bench", "--steps", "2", "--width", "64", "--height", "64", "--seed", "1"];

const files = new Map<string, Buffer>();

/** The bytes of a tensor; its file is read once. */
function bytesAt({ file, offset, length }: TensorLocation): Buffer {
  const whole = files.get(file) ?? readFileSync(file);
  files.set(file, whole);
  return whole.subarray(offset, offset + length);
}

describe("the original release", () => {
  test("every tensor is there with its bytes, and the picture is the same", async () => {
    const scratch = scratchFolder();
    const { code, stdout, stderr } = await runCli(scratch, ["convert", TINY, "-o", "out"]);
    expect([code, stdout.toString(), stderr]).toEqual([0, "out\n", ""]);
    expect(readdirSync(scratch)).toEqual(["out"]);
    const [from, to] = [await openModelFolder(TINY), await openModelFolder(join(scratch, "out"))];
    expect([to.layout, [...to.components]]).toEqual(["diffusers", [...from.components]]);
    for (const part of ["text_encoder", "unet", "unet_inpainting", "unet_flash", "movq"] as const) {
      const [original, converted] = [await openWeightsOf(from, part), await openWeightsOf(to, part)];
      const left = new Map(converted.tensors);
      for (const [key, location] of original.tensors) {
        if (key !== "encoder.embed_tokens.weight") {
          const found = converted.tensors.get(key) ?? expect.fail(`${part} lacks ${key}`);
          expect(found).toMatchObject({ dtype: location.dtype, shape: location.shape });
          expect(bytesAt(found).equals(bytesAt(location)), key).toBe(true);
          left.delete(key);
        }
      }
      expect([...left.keys()]).toEqual(part === "movq" ? ["quantize.embedding.weight"] : []);
    }
    for (const part of ["unet", "unet_inpainting", "unet_flash"] as const) {
      const [original, converted] = [await openNullEmbedding(from, part), await openNullEmbedding(to, part)];
      expect(converted).toMatchObject({ dtype: original?.dtype, shape: [32] });
      expect(converted && bytesAt(converted)).toEqual(original && bytesAt(original));
    }
    const config = JSON.parse(readFileSync(join(scratch, "out/unet_inpainting/config.json"), "utf8")) as unknown;
    expect(config).toMatchObject({ _class_name: "Kandinsky3UNet", in_channels: 9, out_channels: 4 });

    const encoderConfig = readFileSync(join(scratch, "out/text_encoder/config.json"));
    expect(encoderConfig.equals(readFileSync(join(TINY, "weights/flan_ul2_encoder/config.json")))).toBe(true);

    for (const sampler of ["original", "ddpm", "flash"]) {
      const pictures = await Promise.all(
        [TINY, "out"].map(async (model, index) => {
          const args = [...REQUEST, "--sampler", sampler, "--model", model, "--output", `${index}.npy`];
          expect(await runCli(scratch, args)).toMatchObject({ code: 0 });
          return readFileSync(join(scratch, `${index}.npy`));
        }),
      );
      expect(pictures[0]?.equals(pictures[1] ?? Buffer.alloc(0)), sampler).toBe(true);
    }
  });

  test("a release without the base U-Net keeps what it has", async () => {
    const scratch = scratchFolder();
    cpSync(TINY, join(scratch, "model"), { recursive: true });
    rmSync(join(scratch, "model/weights/kandinsky3.pt"));
    await convertModel(join(scratch, "model"), join(scratch, "out"));
    const folder = await openModelFolder(join(scratch, "out"));
    expect([...folder.components].filter((part) => part.startsWith("unet"))).toEqual(["unet_inpainting", "unet_flash"]);
  });
});

test("a diffusers folder keeps its tensors", async () => {
  const out = join(scratchFolder(), "nano");
  await convertModel(NANO, out);
  const [from, to] = [await openModelFolder(NANO), await openModelFolder(out)];
  expect([to.className, [...to.components]]).toEqual([from.className, [...from.components]]);
  for (const part of ["text_encoder", "unet", "unet_inpainting", "movq"] as const) {
    const [original, converted] = [await openWeightsOf(from, part), await openWeightsOf(to, part)];
    expect([...converted.tensors.keys()].sort()).toEqual([...original.tensors.keys()].sort());
    for (const [key, location] of original.tensors) {
      expect(bytesAt(converted.tensors.get(key) ?? expect.fail(key)).equals(bytesAt(location)), key).toBe(true);
    }
  }
  expect(await openNullEmbedding(to, "unet")).toBeUndefined();
});

describe("refusals", () => {
  test("a folder that is not empty is left as it is; an empty one is filled", async () => {
    const scratch = scratchFolder();
    mkdirSync(join(scratch, "out"));
    expect((await runCli(scratch, ["convert", TINY, "-o", "out", "--json"])).code).toBe(0);
    const second = await runCli(scratch, ["convert", TINY, "-o", "out"]);
    expect([second.code, second.stdout.toString()]).toEqual([1, ""]);
    expect(second.stderr).toMatch(
      /^kandinsky3: out is not empty \("model_index\.json", .*\), expected a new or an empty folder\n$/,
    );
    expect(readdirSync(scratch)).toEqual(["out"]);
  });

  test("a file in the way, a missing parent, a missing option", async () => {
    const scratch = scratchFolder();
    writeFileSync(join(scratch, "file"), "");
    const run = (...args: string[]) => runCli(scratch, ["convert", TINY, ...args]);
    expect((await run("-o", "file")).stderr).toBe("kandinsky3: file is a file, expected a new or an empty folder\n");
    expect((await run("-o", "none/out")).stderr).toContain("none/out cannot be written: the folder ");
    expect((await run()).code).toBe(2);
    expect(readdirSync(scratch)).toEqual(["file"]);
  });

  test("a model that does not fit together is refused before anything is written", async () => {
    const scratch = scratchFolder();
    cpSync(TINY, join(scratch, "model"), { recursive: true });
    cpSync(original.path("bad/wrong_shapes.pt"), join(scratch, "model/weights/kandinsky3.pt"));
    const { code, stderr } = await runCli(scratch, ["convert", "model", "-o", "out"]);
    expect([code, stderr]).toEqual([1, expect.stringContaining('"out_layer.2.weight" (conv_out.weight) has shape')]);
    expect(readdirSync(scratch)).toEqual(["model"]);
  });
});

test("a conversion that is stopped half-way leaves nothing", async () => {
  const scratch = scratchFolder();
  const controller = new AbortController();
  let seen: string[] = [];
  const stopped = convertModel(TINY, join(scratch, "out"), {
    signal: controller.signal,
    onProgress: ({ writtenBytes, totalBytes }) => {
      if (writtenBytes > totalBytes / 2 && !controller.signal.aborted) {
        seen = readdirSync(scratch);
        controller.abort();
      }
    },
  });
  await expect(stopped).rejects.toThrow(AbortedError);
  expect(seen).toEqual([expect.stringMatching(/^\.out\..*\.tmp$/)]);
  expect(readdirSync(scratch)).toEqual([]);
});
