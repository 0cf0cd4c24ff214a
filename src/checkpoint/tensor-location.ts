/** Where a stored tensor lies: a description of bytes in a file, never the bytes themselves. */
import { quoted } from "../text/quote.js";
import type { DType } from "../tensor/dtype.js";
import type { Shape } from "../tensor/shape.js";
import type { QuantizationScheme, SchemeName } from "./quantized/quantization-scheme.js";

export interface TensorLocation {
  /** Absolute path of the file, symlinks left as they are. */
  readonly file: string;
  /** First byte of the tensor in the file. */
  readonly offset: number;
  /** Bytes of the tensor: element count x bytes per element. */
  readonly length: number;
  readonly dtype: DType;
  readonly shape: Shape;
}

/** A weight that is stored in 8 or 4 bits, with the scale that lies beside it. */
export interface QuantizedTensor {
  /** Of the weight that is meant; the output is its first axis. */
  readonly shape: Shape;
  readonly values: TensorLocation;
  readonly scale: TensorLocation;
  readonly scheme: QuantizationScheme;
}

/** The tensors of one part of a model (`unet`, `movq`, ...), from one file or from several shards. */
export interface TensorSource {
  /** Shown in messages: the file, or the index of the shards. */
  readonly name: string;
  readonly tensors: ReadonlyMap<string, TensorLocation>;
  /** How weights with a scale beside them are stored; `undefined` when there are none. */
  readonly scheme?: SchemeName | undefined;
  /** What was left out of the beginning of every key. */
  readonly wrapper?: string | undefined;
  /** The variant that was asked for and that this part does not have. */
  readonly lackedVariant?: string | undefined;
  /** The name that the file uses for a key, where it is another one; for messages. */
  readonly nameInFile?: (key: string) => string | undefined;
}

/** What of a source is read otherwise than it lies in its files, or than it was asked for; each a sentence. */
export function describeReading({ name, wrapper, lackedVariant }: TensorSource): string[] {
  return [
    ...(wrapper === undefined ? [] : [`all keys of ${name} begin with "${wrapper}", which is left out`]),
    ...(lackedVariant === undefined ? [] : [lackOfVariant(lackedVariant, name)]),
  ];
}

/** `what` is a part, or the file that is read in place of the variant's. */
export function lackOfVariant(variant: string, what: string): string {
  return `${what} is taken as it is: this part has no files of the variant ${quoted(variant)}`;
}
