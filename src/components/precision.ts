/**
 * What each part of a model computes in, as `--dtype` and the library's `dtype` say it: one word for the whole model, or a list
 * such as `text_encoder=int4,unet=int8`.
 */
import { type SchemeName, SCHEMES } from "../checkpoint/quantized/quantization-scheme.js";
import { UsageError } from "../errors.js";

export const PART_DTYPES = ["fp32", "int8", "int4"] as const;
export type PartDtype = (typeof PART_DTYPES)[number];

/** The parts that have weights. */
export const PRECISION_PARTS = ["text_encoder", "unet", "movq"] as const;
export type PrecisionPart = (typeof PRECISION_PARTS)[number];

export type Precision = Readonly<Record<PrecisionPart, PartDtype>>;

/** Weights as they are published, arithmetic in float32. */
export const FULL_PRECISION: Precision = { text_encoder: "fp32", unet: "fp32", movq: "fp32" };

/**
 * What one word means for each part. MoVQ stays in float32 (it is small, runs once, and its rounding would be seen directly),
 * and 4 bits are for the text encoder alone: the engine has no 4-bit convolution.
 */
const PRESETS: Readonly<Record<PartDtype, Precision>> = {
  fp32: FULL_PRECISION,
  int8: { text_encoder: "int8", unet: "int8", movq: "fp32" },
  int4: { text_encoder: "int4", unet: "int8", movq: "fp32" },
};

/** Parts that a list does not name compute in fp32. Throws `UsageError`. */
export function parsePrecision(text: string, name = "dtype"): Precision {
  const preset = PART_DTYPES.find((dtype) => dtype === text);
  if (preset !== undefined) {
    return PRESETS[preset];
  }
  const precision: Record<PrecisionPart, PartDtype> = { ...FULL_PRECISION };
  const seen = new Set<PrecisionPart>();
  for (const entry of text.split(",")) {
    const [key, value, ...more] = entry.split("=");
    const part = PRECISION_PARTS.find((candidate) => candidate === key);
    const dtype = PART_DTYPES.find((candidate) => candidate === value);
    if (part === undefined || dtype === undefined || more.length > 0 || seen.has(part)) {
      throw new UsageError(
        `${name}: expected ${PART_DTYPES.join(", ")} or a list such as text_encoder=int4,unet=int8 (parts: ${PRECISION_PARTS.join(", ")}), got ${JSON.stringify(text)}`,
      );
    }
    if (dtype === "int4" && part !== "text_encoder") {
      throw new UsageError(`${name}: ${part} is made of convolutions, expected fp32 or int8 for it, got int4`);
    }
    seen.add(part);
    precision[part] = dtype;
  }
  return precision;
}

/** The shortest text that `parsePrecision` reads back. */
export function formatPrecision(precision: Precision): string {
  const same = (preset: Precision): boolean => PRECISION_PARTS.every((part) => preset[part] === precision[part]);
  return (
    PART_DTYPES.find((dtype) => same(PRESETS[dtype])) ??
    PRECISION_PARTS.map((part) => `${part}=${precision[part]}`).join(",")
  );
}

/** The type that a stored scheme amounts to. */
export function dtypeOf(scheme: SchemeName | undefined): PartDtype {
  if (scheme === undefined) {
    return "fp32";
  }
  return SCHEMES[scheme].bits === 4 ? "int4" : "int8";
}
