/**
 * Writes a part's weights anew with some of them in 8 or 4 bits, in memory that does not depend on the model: one weight at a
 * time is held in its rounded form, and a piece of it as it was.
 */
import { emptyRows, isFiniteScale, quantizeRows } from "../checkpoint/quantize.js";
import {
  SCALE_SUFFIX,
  SCHEME_METADATA,
  type SchemeName,
  SCHEMES,
  storedShapes,
} from "../checkpoint/quantization-scheme.js";
import { readPieces, readRows } from "../checkpoint/read-tensor.js";
import { writeSafetensors, type WriteUnit } from "../checkpoint/safetensors-writer.js";
import type { TensorLocation, TensorSource } from "../checkpoint/tensor-location.js";
import { CheckpointError } from "../errors.js";
import { bytesOf } from "../tensor/dtype.js";
import { elementCount } from "../tensor/shape.js";
import { throwIfAborted } from "./engine-pool.js";
import type { QuantizableWeights } from "./quantizable-weights.js";

export interface QuantizeOptions {
  readonly scheme: SchemeName;
  /** Of the file that is written. */
  readonly onProgress?: ((written: number, total: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Writes `file`, going on where an earlier attempt was broken off. Throws `CheckpointError`, or `AbortedError`. */
export async function quantizeSource(
  file: string,
  source: TensorSource,
  weights: QuantizableWeights,
  { scheme, onProgress, signal }: QuantizeOptions,
): Promise<void> {
  // Wide types first, so that every tensor is aligned as its type wants it.
  const kept = [...source.tensors]
    .filter(([key]) => !weights.has(key))
    .sort(([, a], [, b]) => bytesOf(b.dtype) - bytesOf(a.dtype));
  const units = [
    ...[...weights].map(([key, location]) => roundedUnit(source, key, location, scheme)),
    ...kept.map(([key, location]) => copiedUnit(key, location)),
  ];
  await writeSafetensors(file, units, {
    metadata: { format: "pt", [SCHEME_METADATA]: scheme },
    onProgress: (written, total) => {
      throwIfAborted(signal);
      onProgress?.(written, total);
    },
  });
}

function copiedUnit(key: string, location: TensorLocation): WriteUnit {
  const { dtype, shape } = location;
  return { tensors: [{ key, dtype, shape }], produce: () => readPieces(location) };
}

function roundedUnit(source: TensorSource, key: string, location: TensorLocation, name: SchemeName): WriteUnit {
  const scheme = SCHEMES[name];
  const stored = storedShapes(location.shape, scheme);
  return {
    tensors: [
      { key: key + SCALE_SUFFIX, dtype: "float32", shape: stored.scale },
      { key, dtype: "uint8", shape: stored.values },
    ],
    produce: async function* () {
      const [rows = 0] = location.shape;
      const columns = elementCount(location.shape) / rows;
      const rounded = emptyRows(rows, columns, scheme);
      let firstRow = 0;
      for await (const numbers of readRows(location, columns)) {
        quantizeRows(numbers, columns, rounded, { firstRow, rows }, scheme);
        firstRow += numbers.length / columns;
      }
      if (!isFiniteScale(rounded.scale)) {
        throw new CheckpointError(
          `${source.name}: "${key}" holds a number that is not finite, expected finite weights`,
        );
      }
      yield new Uint8Array(rounded.scale.buffer);
      yield rounded.values;
    },
  };
}
