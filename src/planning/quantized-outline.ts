/** An outline as it would be with its weights in fewer bits: names, types and shapes of what rounding writes, and no bytes. */
import type { IntegerKernels } from "../graph/quantized/lower.js";
import { dtypeOf, type Precision } from "../components/precision.js";
import type { ModelOutline } from "./model-outline.js";
import { quantizedSource } from "../engine/quantization/quantized-source.js";
import type { OpenedNetwork } from "../components/network.js";

/** Throws `UsageError` for a part that is stored in other bits already. */
export function quantizedOutline(outline: ModelOutline, precision: Precision, kernels: IntegerKernels): ModelOutline {
  const quantize = <Config>(opened: OpenedNetwork<Config>): OpenedNetwork<Config> => ({
    ...opened,
    source: quantizedSource(opened, precision, kernels),
  });
  return {
    ...outline,
    textEncoder: quantize(outline.textEncoder),
    unets: new Map([...outline.unets].map(([name, unet]) => [name, quantize(unet)])),
    movq: quantize(outline.movq),
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
