/** Element types of tensors in files and graphs, under NumPy's names. */
export const DTYPES = [
  "float64",
  "float32",
  "float16",
  "bfloat16",
  "int64",
  "int32",
  "int16",
  "int8",
  "uint8",
  "bool",
] as const;

export type DType = (typeof DTYPES)[number];

const BYTES: Readonly<Record<DType, number>> = {
  float64: 8,
  float32: 4,
  float16: 2,
  bfloat16: 2,
  int64: 8,
  int32: 4,
  int16: 2,
  int8: 1,
  uint8: 1,
  bool: 1,
};

/** Bytes of one element. */
export function itemSize(dtype: DType): number {
  return BYTES[dtype];
}

/** True for the floating-point types. */
export function isFloat(dtype: DType): boolean {
  return dtype === "float64" || dtype === "float32" || dtype === "float16" || dtype === "bfloat16";
}
