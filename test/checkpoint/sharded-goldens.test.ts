/** The shards that diffusers and transformers wrote hold, byte for byte, the tensors of the single files beside them. */
import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import { expect, test } from "vitest";
import { openModelFolder, openWeightsOf } from "../../src/loading/model-folder.js";
import { readShardedIndex } from "../../src/checkpoint/sharded-index.js";
import { summarize } from "../../src/inspect/summary.js";
import type { TensorLocation } from "../../src/checkpoint/tensor-location.js";
import { openWeights } from "../../src/checkpoint/weight-files.js";
import { casesOf, diffusersFixture, type GoldenCase } from "../support/goldens.js";

interface ShardedCase extends GoldenCase {
  readonly model: string;
  readonly variant: string | null;
  readonly component: "text_encoder" | "unet";
  readonly index: string;
  readonly tensors: number;
}

const files = new Map<string, Buffer>();

function bytesAt({ file, offset, length }: TensorLocation): Buffer {
  const bytes = files.get(file) ?? readFileSync(file);
  files.set(file, bytes);
  return bytes.subarray(offset, offset + length);
}

test.each(casesOf<ShardedCase>("sharded"))("$id", async ({ model, variant, component, index, tensors }) => {
  const options = variant === null ? {} : { variant };
  const single = await openWeightsOf(await openModelFolder(diffusersFixture(model)), component, options);
  const sharded = await readShardedIndex(diffusersFixture(index));
  expect(single.tensors.size).toBe(tensors);
  expect(sharded.tensors.size).toBe(tensors);
  for (const [key, expected] of single.tensors) {
    const found = sharded.tensors.get(key);
    if (found === undefined) {
      throw new Error(`no ${key}`);
    }
    expect(found.shape, key).toEqual(expected.shape);
    expect(found.dtype, key).toBe(variant === "fp16" ? "float16" : "float32");
    expect(found.dtype, key).toBe(expected.dtype);
    expect(bytesAt(found).equals(bytesAt(expected)), key).toBe(true);
  }
  const chosen = await openWeights(
    dirname(diffusersFixture(index)),
    component === "unet" ? "diffusion_pytorch_model" : "model",
    options,
  );
  expect(chosen.name).toBe(diffusersFixture(index));
  const { parameters, bytes, files: shards } = summarize(chosen);
  const alone = summarize(single);
  expect({ parameters, bytes }).toEqual({ parameters: alone.parameters, bytes: alone.bytes });
  expect(shards.length).toBeGreaterThan(alone.files.length);
});

test.each(["text_encoder", "unet", "movq", "unet_inpainting"] as const)(
  "the bundled model's %s opens",
  async (part) => {
    const folder = await openModelFolder(new URL("../../models/nano", import.meta.url).pathname);
    const summary = summarize(await openWeightsOf(folder, part));
    expect(summary.parameters).toBeGreaterThan(0);
    expect([...summary.dtypes.keys()]).toEqual(["float16"]);
  },
);
