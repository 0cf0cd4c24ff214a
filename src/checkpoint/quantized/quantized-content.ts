/**
 * A source's tensors with some of the weights in 8 or 4 bits, to be written: each weight becomes its rounded form and its scale.
 * A weight is read twice, in pieces; only one that is stored by columns is held whole, in its rounded form.
 */
import { CheckpointError, InternalError } from "../../errors.js";
import { itemSize, type DType } from "../../tensor/dtype.js";
import { decodeHalf } from "../../tensor/float16.js";
import { axisSize, shapeSize } from "../../tensor/shape.js";
import { FileProblem, readBytes, withFile } from "../../files/local-file.js";
import {
  type QuantizationScheme,
  SCALE_SUFFIX,
  SCHEME_METADATA,
  type SchemeName,
  SCHEMES,
} from "./quantization-scheme.js";
import { storedShapes } from "./quantization-scheme.js";
import { roundedRows, scalesOf } from "./quantize.js";
import { quoted } from "../../text/quote.js";
import { storedContent, type TensorContent } from "../safetensors/safetensors-writer.js";
import type { TensorLocation, TensorSource } from "../tensor-location.js";

/** About as many bytes of a weight are read at once. */
const PIECE_BYTES = 16 * 1024 ** 2;

/** What a file of `quantizedContent` says in its metadata. */
export function schemeMetadata(scheme: SchemeName): Readonly<Record<string, string>> {
  return { [SCHEME_METADATA]: scheme };
}

/** Everything that `source` has; the tensors called `keys` by `name`d scheme. */
export function quantizedContent(
  source: TensorSource,
  keys: ReadonlySet<string>,
  name: SchemeName,
): ReadonlyMap<string, TensorContent> {
  const contents = new Map<string, TensorContent>();
  for (const [key, location] of source.tensors) {
    if (keys.has(key)) {
      const weight = new RoundedWeight(`${source.name}: ${quoted(key)}`, location, SCHEMES[name]);
      contents.set(key, weight.values).set(key + SCALE_SUFFIX, weight.scale);
    } else {
      contents.set(key, storedContent(location));
    }
  }
  return contents;
}

class RoundedWeight {
  readonly #rows: number;
  readonly #columns: number;
  #scales: Promise<Float32Array> | undefined;

  constructor(
    private readonly name: string,
    private readonly location: TensorLocation,
    private readonly scheme: QuantizationScheme,
  ) {
    this.#rows = axisSize(location.shape, 0);
    this.#columns = shapeSize(location.shape.slice(1));
  }

  get scale(): TensorContent {
    const chunks = async function* (this: RoundedWeight): AsyncGenerator<Uint8Array> {
      yield new Uint8Array((await this.#scaled()).buffer);
    };
    return { dtype: "float32", shape: storedShapes(this.location.shape, this.scheme).scale, chunks: chunks.bind(this) };
  }

  get values(): TensorContent {
    const byColumns = this.scheme.layout === "columns";
    const chunks = byColumns ? this.#turned.bind(this) : this.#rounded.bind(this);
    return { dtype: "uint8", shape: storedShapes(this.location.shape, this.scheme).values, chunks };
  }

  /** Scales are few, so they are kept from their own writing to that of the values. */
  #scaled(): Promise<Float32Array> {
    return (this.#scales ??= this.#computeScales());
  }

  async #computeScales(): Promise<Float32Array> {
    const scales = new Float32Array(shapeSize(storedShapes(this.location.shape, this.scheme).scale));
    let filled = 0;
    for await (const rows of this.#read()) {
      const part = scalesOf(rows, this.#columns, this.scheme);
      scales.set(part, filled);
      filled += part.length;
    }
    if (!scales.every(Number.isFinite)) {
      throw new CheckpointError(`${this.name} holds a number that is not finite, expected finite weights`);
    }
    return scales;
  }

  async *#rounded(): AsyncGenerator<Uint8Array> {
    const scales = await this.#scaled();
    const { blockSize = this.#columns } = this.scheme;
    let scaled = 0;
    for await (const rows of this.#read()) {
      const next = scaled + rows.length / blockSize;
      yield roundedRows(rows, this.#columns, scales.subarray(scaled, next), this.scheme);
      scaled = next;
    }
  }

  /** `[out, in]` as `[in, out]`. */
  async *#turned(): AsyncGenerator<Uint8Array> {
    const turned = new Uint8Array(this.#rows * this.#columns);
    let row = 0;
    for await (const piece of this.#rounded()) {
      turnInto(turned, row, this.#rows, piece, this.#columns);
      row += piece.length / this.#columns;
    }
    yield turned;
  }

  /** The weight in pieces of whole rows. */
  async *#read(): AsyncGenerator<Float32Array> {
    const { file, offset, length, dtype } = this.location;
    const rowBytes = this.#columns * itemSize(dtype);
    const size = Math.max(1, Math.floor(PIECE_BYTES / rowBytes)) * rowBytes;
    try {
      for (let done = 0; done < length; done += size) {
        const piece = await withFile(file, (handle) => readBytes(handle, offset + done, Math.min(size, length - done)));
        yield toFloat32(piece, dtype);
      }
    } catch (error) {
      if (error instanceof FileProblem) {
        throw new CheckpointError(`${this.name}: ${file} ${error.message}`, { cause: error });
      }
      throw error;
    }
  }
}

/** As many columns at a time as a cache line holds. */
const TURNED_COLUMNS = 64;

/** Puts `piece`, whole rows of `columns`, at row `row` of a matrix of `rows` that is laid out column by column. */
function turnInto(turned: Uint8Array, row: number, rows: number, piece: Uint8Array, columns: number): void {
  const count = piece.length / columns;
  for (let first = 0; first < columns; first += TURNED_COLUMNS) {
    const last = Math.min(first + TURNED_COLUMNS, columns);
    for (let column = first; column < last; column++) {
      const target = column * rows + row;
      for (let index = 0; index < count; index++) {
        turned[target + index] = piece[index * columns + column] ?? 0;
      }
    }
  }
}

function toFloat32({ buffer, byteOffset, byteLength }: Uint8Array, dtype: DType): Float32Array {
  const count = byteLength / itemSize(dtype);
  switch (dtype) {
    case "float64":
      return Float32Array.from(new Float64Array(buffer, byteOffset, count));
    case "float32":
      return new Float32Array(buffer, byteOffset, count);
    case "float16":
    case "bfloat16":
      return decodeHalf(new Uint16Array(buffer, byteOffset, count), dtype);
    case "int64":
    case "int32":
    case "int16":
    case "int8":
    case "uint8":
    case "bool":
      throw new InternalError(`${dtype} numbers are no weights`);
  }
}
