/** Weights in PyTorch's shards (`pytorch_model.bin.index.json`) are those of the same model in safetensors, byte for byte. */
import { deepStrictEqual } from "node:assert";
import { copyFileSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { TensorLocation } from "../../../src/checkpoint/tensor-location.js";
import { openWeights } from "../../../src/checkpoint/weight-files.js";
import { CheckpointError } from "../../../src/errors.js";
import type { GoldenCase } from "../../support/goldens.js";
import { originalCases, originalFixture } from "../../support/original.js";
import { temporaryFolder } from "../support.js";

interface SameWeights extends GoldenCase {
  readonly a: string;
  readonly b: string;
}

function bytesAt({ file, offset, length }: TensorLocation): Buffer {
  return readFileSync(file).subarray(offset, offset + length);
}

test.each(originalCases<SameWeights>("same_weights"))("$id", async ({ a, b }) => {
  const torch = await openWeights(originalFixture(a), "model");
  const safetensors = await openWeights(originalFixture(b), "model");
  expect(torch.name).toMatch(/pytorch_model\.bin\.index\.json$/);
  expect(safetensors.name).toMatch(/model\.safetensors\.index\.json$/);
  // transformers 4 pickles the embedding under two names; safetensors hold it once.
  const [once, twice] = [torch.tensors.get("shared.weight"), torch.tensors.get("encoder.embed_tokens.weight")];
  expect(twice).toEqual(once);
  expect([...torch.tensors.keys()].filter((key) => key !== "encoder.embed_tokens.weight").sort()).toEqual(
    [...safetensors.tensors.keys()].sort(),
  );
  for (const [key, location] of safetensors.tensors) {
    const found = torch.tensors.get(key);
    expect(found).toMatchObject({ dtype: location.dtype, shape: location.shape });
    deepStrictEqual(found && bytesAt(found), bytesAt(location), key);
  }
});

test("an index and shards that disagree", async () => {
  const folder = temporaryFolder();
  const from = originalFixture("tiny/weights/flan_ul2_encoder");
  for (const name of readdirSync(from).filter((name) => name.startsWith("pytorch_model"))) {
    copyFileSync(join(from, name), join(folder, name));
  }
  const index = join(folder, "pytorch_model.bin.index.json");
  const listed = JSON.parse(readFileSync(index, "utf8")) as { weight_map: Record<string, string> };
  delete listed.weight_map["shared.weight"];
  writeFileSync(index, JSON.stringify(listed));
  await expect(openWeights(folder, "model")).rejects.toThrow(CheckpointError);
  await expect(openWeights(folder, "model")).rejects.toThrow(
    'shards hold tensors that the index does not list for them: "shared.weight"',
  );
  listed.weight_map["shared.weight"] = "../pytorch_model.bin";
  writeFileSync(index, JSON.stringify(listed));
  await expect(openWeights(folder, "model")).rejects.toThrow("expected the plain name of a .bin file");
});
