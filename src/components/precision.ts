/**
 * What each part of a model computes in, as `--dtype` and the library's `dtype` say it: one word for the whole model, or a list
 * such as `text_encoder=int4,unet=int8`.
 */
import { type SchemeName, SCHEMES } from "../checkpoint/quantized/quantization-scheme.js";
import { UsageError } from "../errors.js";
import { NETWORKS } from "./components.js";
import { NETWORK_DTYPES, type NetworkDtype, type NetworkKind } from "./network.js";

/** What every kind of network computes in. */
export type Precision = Readonly<Record<NetworkKind, NetworkDtype>>;

/** Weights as they are published, arithmetic in float32. */
export const FULL_PRECISION: Precision = { text_encoder: "fp32", unet: "fp32", movq: "fp32" };

/** What one word means for each network. */
function precisionIn(word: NetworkDtype): Precision {
  const [textEncoder, unet, movq] = NETWORKS;
  return { text_encoder: textEncoder.dtypes[word], unet: unet.dtypes[word], movq: movq.dtypes[word] };
}

/** In any case; parts that a list does not name compute in fp32. Throws `UsageError`. */
export function parsePrecision(text: string, name = "dtype"): Precision {
  const plain = text.trim().toLowerCase();
  const word = NETWORK_DTYPES.find((dtype) => dtype === plain);
  if (word !== undefined) {
    return precisionIn(word);
  }
  const precision: Record<NetworkKind, NetworkDtype> = { ...FULL_PRECISION };
  const seen = new Set<NetworkKind>();
  for (const entry of plain.split(",")) {
    const [key, value, ...more] = entry.split("=");
    const network = NETWORKS.find(({ kind }) => kind === key);
    const dtype = NETWORK_DTYPES.find((candidate) => candidate === value);
    if (network === undefined || dtype === undefined || more.length > 0 || seen.has(network.kind)) {
      throw new UsageError(
        `${name}: expected ${NETWORK_DTYPES.join(", ")} or a list such as text_encoder=int4,unet=int8 (parts: ${NETWORKS.map(({ kind }) => kind).join(", ")}), got ${JSON.stringify(text)}`,
      );
    }
    if (dtype === "int4" && network.dtypes.int4 !== "int4") {
      throw new UsageError(`${name}: ${network.kind} is made of convolutions, expected fp32 or int8 for it, got int4`);
    }
    seen.add(network.kind);
    precision[network.kind] = dtype;
  }
  return precision;
}

/** The shortest text that `parsePrecision` reads back. */
export function formatPrecision(precision: Precision): string {
  const same = (other: Precision): boolean => NETWORKS.every(({ kind }) => other[kind] === precision[kind]);
  return (
    NETWORK_DTYPES.find((dtype) => same(precisionIn(dtype))) ??
    NETWORKS.map(({ kind }) => `${kind}=${precision[kind]}`).join(",")
  );
}

/** The type that a stored scheme amounts to. */
export function dtypeOf(scheme: SchemeName | undefined): NetworkDtype {
  if (scheme === undefined) {
    return "fp32";
  }
  return SCHEMES[scheme].bits === 4 ? "int4" : "int8";
}
