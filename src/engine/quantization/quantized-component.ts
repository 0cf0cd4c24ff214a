/** How each part of a model is stored in fewer bits: its scheme, and the weights that it applies to. */
import { type SchemeName, SCHEMES } from "../../checkpoint/quantized/quantization-scheme.js";
import type { IntegerKernels } from "../../graph/quantized/lower.js";
import type { Program } from "../../graph/program.js";
import { type MovqConfig, movqScale } from "../../models/movq/config.js";
import type { T5Config } from "../../models/t5/config.js";
import { UNET_STRIDE, type UNetConfig } from "../../models/unet/config.js";
import type { WeightedPart } from "../../components/audit-weights.js";
import { movqDecoderProgram, movqEncoderProgram, textEncoderProgram, unetPrograms } from "../../components/programs.js";
import type { PartDtype, PrecisionPart } from "../../components/precision.js";
import { quantizableWeights } from "./quantizable-weights.js";

/** A part with its configuration, which says what its network is. */
export type RoundablePart =
  | ({ readonly part: "text_encoder" } & WeightedPart<T5Config>)
  | ({ readonly part: "unet" } & WeightedPart<UNetConfig>)
  | ({ readonly part: "movq" } & WeightedPart<MovqConfig>);

/**
 * The scheme of a part. Texts are few rows, so the text encoder's weights are laid out for products; the rest is read as it is
 * stored. Seven bits where signed inputs need them: there they are exact, and faster than eight with unsigned inputs.
 */
export function schemeOf(part: PrecisionPart, dtype: Exclude<PartDtype, "fp32">, kernels: IntegerKernels): SchemeName {
  if (part === "text_encoder") {
    return dtype === "int4" ? "int4-blocks" : "int8-columns";
  }
  return kernels.full === "int8" ? "int8-full" : "int8-reduced";
}

/** Keys of the weights that `scheme` applies to. */
export function weightsToRound(subject: RoundablePart, scheme: SchemeName): ReadonlySet<string> {
  const stored = SCHEMES[scheme];
  const unit = "blockSize" in stored ? stored.blockSize : undefined;
  return quantizableWeights(subject.source, smallestPrograms(subject), unit);
}

function smallestPrograms(subject: RoundablePart): readonly Program[] {
  switch (subject.part) {
    case "text_encoder":
      return [textEncoderProgram(subject.source, subject.config, 2)];
    case "unet":
      return [unetPrograms(subject.source, subject.config, { height: UNET_STRIDE, width: UNET_STRIDE }, 2).whole];
    case "movq": {
      const { source, config } = subject;
      const side = movqScale(config);
      return [
        movqEncoderProgram(source, config, { height: side, width: side }),
        movqDecoderProgram(source, config, { height: 1, width: 1 }),
      ];
    }
  }
}
