/** Networks over a source and over the same source in fewer bits, in a temporary folder. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import type { SchemeName } from "../../../src/checkpoint/quantized/quantization-scheme.js";
import { quantizedContent, schemeMetadata } from "../../../src/checkpoint/quantized/quantized-content.js";
import { readSafetensorsHeader } from "../../../src/checkpoint/safetensors/safetensors.js";
import { type TensorContent, writeSafetensors } from "../../../src/checkpoint/safetensors/safetensors-writer.js";
import type { TensorSource } from "../../../src/checkpoint/tensor-location.js";
import type { Shape } from "../../../src/tensor/shape.js";
import type { Tensor } from "../../../src/tensor/tensor.js";

export const scratch = mkdtempSync(join(tmpdir(), "kandinsky3-quantized-"));
afterAll(() => {
  rmSync(scratch, { recursive: true, force: true });
});

let files = 0;

/** A source of the given float32 tensors. */
export async function sourceOf(tensors: Readonly<Record<string, Tensor>>): Promise<TensorSource> {
  const contents = Object.entries(tensors).map(([key, { shape, data }]) => [key, contentOf(shape, data)] as const);
  const file = join(scratch, `${files++}.safetensors`);
  await writeSafetensors(file, new Map(contents));
  return readSafetensorsHeader(file);
}

/** The same source with the tensors of `keys` rounded. */
export async function roundedSource(
  source: TensorSource,
  keys: ReadonlySet<string>,
  scheme: SchemeName,
): Promise<TensorSource> {
  const file = join(scratch, `${files++}.safetensors`);
  await writeSafetensors(file, quantizedContent(source, keys, scheme), { metadata: schemeMetadata(scheme) });
  return readSafetensorsHeader(file);
}

/** `|actual - expected| / |expected|` over all elements. */
export function relativeError(actual: Float32Array, expected: Float32Array): number {
  let [difference, size] = [0, 0];
  expected.forEach((value, index) => {
    difference += ((actual[index] ?? NaN) - value) ** 2;
    size += value ** 2;
  });
  return Math.sqrt(difference / size);
}

function contentOf(shape: Shape, data: Float32Array): TensorContent {
  return {
    dtype: "float32",
    shape,
    chunks: async function* () {
      yield await Promise.resolve(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    },
  };
}
