/** What the parts of a model compute in. */
import { CheckpointError } from "../../errors.js";
import type { ModelComponents } from "../../loading/model-components.js";
import { dtypeOf, type Precision } from "../../components/precision.js";
import { checkStored } from "./quantization.js";
import type { NetworkDtype, NetworkKind } from "../../components/network.js";

/** Throws `UsageError` for a part that is stored in other bits than the wanted ones. */
export function precisionOf(
  { folder, textEncoder, unets, movq }: ModelComponents,
  wanted: Precision | undefined,
): Precision {
  const used = (part: NetworkKind, name: string, stored: NetworkDtype): NetworkDtype => {
    const dtype = wanted?.[part] ?? stored;
    checkStored(name, stored, dtype);
    return dtype;
  };
  const { weights } = textEncoder;
  const encoderName = weights instanceof CheckpointError ? `the text encoder of ${folder.path}` : weights.source.name;
  const encoder = used("text_encoder", encoderName, textEncoder.stored);
  const [unet = "fp32"] = [...unets.values()].map(({ source }) => used("unet", source.name, dtypeOf(source.scheme)));
  return { text_encoder: encoder, unet, movq: used("movq", movq.source.name, dtypeOf(movq.source.scheme)) };
}
