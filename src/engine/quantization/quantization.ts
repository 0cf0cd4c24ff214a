/** What the weight file of a part is to hold: its tensors as they are, or rounded as its precision wants it on this machine. */
import { quantizedContent, schemeMetadata } from "../../checkpoint/quantized/quantized-content.js";
import { storedContent, type TensorContent } from "../../checkpoint/safetensors/safetensors-writer.js";
import { UsageError } from "../../errors.js";
import type { IntegerKernels } from "../../graph/quantized/lower.js";
import { dtypeOf, type Precision } from "../../components/precision.js";
import type { NetworkDtype, OpenedNetwork } from "../../components/network.js";
import { NETWORKS } from "../../components/components.js";
import { quantizableWeights } from "./quantizable-weights.js";
import { integerKernelsHere } from "../devices/known-kernels.js";

/** A weight file to be written. */
export interface WeightContent {
  readonly tensors: ReadonlyMap<string, TensorContent>;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
}

/** Gives the weight file of a part. Throws `UsageError` when the part is stored in other bits already. */
export type Quantization = (opened: OpenedNetwork) => WeightContent;

/** Rounding to `precision`, by the kernels that are exact on this machine. Without it, everything stays as it is stored. */
export async function quantizationHere(
  precision: Precision | undefined,
  onNote?: (message: string) => void,
): Promise<Quantization> {
  const rounds = precision !== undefined && NETWORKS.some(({ kind }) => precision[kind] !== "fp32");
  return quantizationFor(precision, rounds ? await integerKernelsHere(onNote) : undefined);
}

/** @param kernels may be left out where nothing is rounded */
export function quantizationFor(precision: Precision | undefined, kernels: IntegerKernels | undefined): Quantization {
  return (opened) => {
    const { network, source } = opened;
    const stored = dtypeOf(source.scheme);
    const wanted = precision?.[network.kind] ?? stored;
    checkStored(source.name, stored, wanted);
    if (wanted === stored || wanted === "fp32" || kernels === undefined) {
      const tensors = new Map([...source.tensors].map(([key, location]) => [key, storedContent(location)]));
      return { tensors, metadata: source.scheme === undefined ? undefined : schemeMetadata(source.scheme) };
    }
    const scheme = network.schemeOf(wanted, kernels);
    return {
      tensors: quantizedContent(source, quantizableWeights(opened, scheme), scheme),
      metadata: schemeMetadata(scheme),
    };
  };
}

/** Rounded weights stay what they are. Throws `UsageError`. */
export function checkStored(name: string, stored: NetworkDtype, wanted: NetworkDtype): void {
  if (stored !== "fp32" && stored !== wanted) {
    throw UsageError.of("dtype", `${name} holds ${stored} weights, expected ${stored} for it, got ${wanted}`);
  }
}
