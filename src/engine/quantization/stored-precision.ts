/** What the parts of a model compute in. */
import { CheckpointError } from "../../errors.js";
import type { ModelParts } from "../../loading/model-components.js";
import { dtypeOf, type PartDtype, type Precision, type PrecisionPart } from "../../components/precision.js";
import { checkStored } from "./quantization.js";

/** Throws `UsageError` for a part that is stored in other bits than the wanted ones. */
export function precisionOf(
  { folder, textEncoder, unets, movq }: ModelParts,
  wanted: Precision | undefined,
): Precision {
  const used = (part: PrecisionPart, name: string, stored: PartDtype): PartDtype => {
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
