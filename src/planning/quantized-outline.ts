/** An outline as it would be with its weights in fewer bits: names, types and shapes of what rounding writes, and no bytes. */
import type { TensorSource } from "../checkpoint/tensor-location.js";
import type { IntegerKernels } from "../graph/quantized/lower.js";
import { dtypeOf, type Precision } from "../components/precision.js";
import { type RoundablePart } from "../engine/quantization/quantized-component.js";
import type { ModelOutline } from "./model-outline.js";
import { roundedSource } from "../engine/quantization/quantized-source.js";

/** Throws `UsageError` for a part that is stored in other bits already. */
export function roundedOutline(outline: ModelOutline, precision: Precision, kernels: IntegerKernels): ModelOutline {
  const round = (subject: RoundablePart): TensorSource => roundedSource(subject, precision, kernels);
  const { textEncoder, movq } = outline;
  return {
    ...outline,
    textEncoder: { ...textEncoder, source: round({ part: "text_encoder", ...textEncoder }) },
    unets: new Map(
      [...outline.unets].map(([name, unet]) => [name, { ...unet, source: round({ part: "unet", ...unet }) }]),
    ),
    movq: { ...movq, source: round({ part: "movq", ...movq }) },
  };
}

/** What the parts compute in, as they are stored. */
export function storedPrecision({ textEncoder, unets, movq }: ModelOutline): Precision {
  const [unet] = unets.values();
  return {
    text_encoder: dtypeOf(textEncoder.source.scheme),
    unet: dtypeOf(unet?.source.scheme),
    movq: dtypeOf(movq.source.scheme),
  };
}
