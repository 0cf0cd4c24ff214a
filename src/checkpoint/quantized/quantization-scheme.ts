/**
 * Weights stored in 8 or 4 bits. Where a file holds `X` (uint8) and `X_scale` (float32), the weight is
 * `(X - zero point) * X_scale`; the scheme, named in the file's metadata, says the rest. There are three layouts, each what an
 * integer kernel of ONNX Runtime reads:
 *
 * - `rows`, for convolutions and for products over many pixels: `X` has the weight's own shape, `X_scale` is `[out]`;
 * - `columns`, for products over few rows: the matrix `[out, in]` is stored as `[in, out]`, `X_scale` is `[out]`;
 * - `blocks`, for 4 bits: `X` is `[out, in / 2]`, the low half of a byte first, `X_scale` is `[out, in / block size]`.
 */
import { axisSize, type Shape } from "../../tensor/shape.js";

export interface QuantizationScheme {
  readonly layout: "rows" | "columns" | "blocks";
  readonly bits: 4 | 8;
  readonly zeroPoint: number;
  /** Elements of a row that share a scale; only of `blocks`. */
  readonly blockSize?: number;
}

/**
 * The schemes by their names in files. `int8-reduced` keeps to 7 bits: the integer kernels of processors without VNNI add two
 * products in 16 bits, where 2 x 255 x 128 does not fit and 2 x 127 x 128 does.
 */
export const SCHEMES = {
  "int8-full": { layout: "rows", bits: 8, zeroPoint: 128 },
  "int8-reduced": { layout: "rows", bits: 8, zeroPoint: 64 },
  "int8-columns": { layout: "columns", bits: 8, zeroPoint: 128 },
  "int4-blocks": { layout: "blocks", bits: 4, zeroPoint: 8, blockSize: 32 },
} as const satisfies Record<string, QuantizationScheme>;

export type SchemeName = keyof typeof SCHEMES;

/** Key of the scheme's name in a safetensors file's metadata. */
export const SCHEME_METADATA = "kandinsky3.quantization";
/** What the name of a scale has in addition to its weight's. */
export const SCALE_SUFFIX = "_scale";

export function isSchemeName(name: string): name is SchemeName {
  return Object.hasOwn(SCHEMES, name);
}

/** Shapes of the two stored tensors for a weight of `shape`. */
export function storedShapes(
  shape: Shape,
  scheme: QuantizationScheme,
): { readonly values: Shape; readonly scale: Shape } {
  const [out, columns] = [axisSize(shape, 0), axisSize(shape, 1)];
  switch (scheme.layout) {
    case "rows":
      return { values: shape, scale: [out] };
    case "columns":
      return { values: [columns, out], scale: [out] };
    case "blocks":
      return {
        values: [out, (columns * scheme.bits) / 8],
        scale: [out, columns / (scheme.blockSize ?? columns)],
      };
  }
}
