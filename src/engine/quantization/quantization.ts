/** What the weight file of a part is to hold: its tensors as they are, or rounded as its precision wants it on this machine. */
import { quantizedContent, schemeMetadata } from "../../checkpoint/quantized/quantized-content.js";
import { storedContent, type TensorContent } from "../../checkpoint/safetensors/safetensors-writer.js";
import { UsageError } from "../../errors.js";
import type { IntegerKernels } from "../../graph/quantized/lower.js";
import { InferenceProcess } from "../../runtime/inference-process.js";
import { probeIntegerKernels } from "../devices/integer-probe.js";
import { dtypeOf, type PartDtype, type Precision, PRECISION_PARTS } from "../../components/precision.js";
import { type RoundablePart, schemeOf, weightsToRound } from "./quantized-component.js";

/** A weight file to be written. */
export interface WeightContent {
  readonly tensors: ReadonlyMap<string, TensorContent>;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
}

/** Gives the weight file of a part. Throws `UsageError` when the part is stored in other bits already. */
export type Rounding = (subject: RoundablePart) => WeightContent;

/** Rounding to `precision`, by the kernels that are exact on this machine. Without it, everything stays as it is stored. */
export async function roundingHere(precision: Precision | undefined): Promise<Rounding> {
  const rounds = precision !== undefined && PRECISION_PARTS.some((part) => precision[part] !== "fp32");
  return roundingFor(precision, rounds ? await kernelsHere() : undefined);
}

/** @param kernels may be left out where nothing is rounded */
export function roundingFor(precision: Precision | undefined, kernels: IntegerKernels | undefined): Rounding {
  return (subject) => {
    const { part, source } = subject;
    const stored = dtypeOf(source.scheme);
    const wanted = precision?.[part] ?? stored;
    checkStored(source.name, stored, wanted);
    if (wanted === stored || wanted === "fp32" || kernels === undefined) {
      const tensors = new Map([...source.tensors].map(([key, location]) => [key, storedContent(location)]));
      return { tensors, metadata: source.scheme === undefined ? undefined : schemeMetadata(source.scheme) };
    }
    const scheme = schemeOf(part, wanted, kernels);
    return {
      tensors: quantizedContent(source, weightsToRound(subject, scheme), scheme),
      metadata: schemeMetadata(scheme),
    };
  };
}

/** Rounded weights stay what they are. Throws `UsageError`. */
export function checkStored(name: string, stored: PartDtype, wanted: PartDtype): void {
  if (stored !== "fp32" && stored !== wanted) {
    throw UsageError.of("dtype", `${name} holds ${stored} weights, expected ${stored} for it, got ${wanted}`);
  }
}

/** What the integer kernels of this machine can do. */
export async function kernelsHere(): Promise<IntegerKernels> {
  await using engine = InferenceProcess.start();
  return await probeIntegerKernels(engine);
}
