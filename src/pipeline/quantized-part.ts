/** How each part of a model is stored in fewer bits: its scheme, and the weights that it applies to. */
import { type SchemeName, SCHEMES } from "../checkpoint/quantization-scheme.js";
import type { IntegerKernels } from "../graph/quantized/lower.js";
import { movqScale } from "../models/movq/config.js";
import { UNET_STRIDE } from "../models/unet/config.js";
import type { WeightedParts } from "./audit-weights.js";
import { movqDecoderProgram, movqEncoderProgram, textEncoderProgram, unetPrograms } from "./benchmark-networks.js";
import type { PartDtype, PrecisionPart } from "./precision.js";
import { quantizableWeights } from "./quantizable-weights.js";

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

/** The type that a stored scheme amounts to. */
export function dtypeOf(scheme: SchemeName | undefined): PartDtype {
  if (scheme === undefined) {
    return "fp32";
  }
  return SCHEMES[scheme].bits === 4 ? "int4" : "int8";
}

/** Keys of the weights of a part that `scheme` applies to. */
export function weightsToRound(parts: WeightedParts, part: PrecisionPart, scheme: SchemeName): ReadonlySet<string> {
  const stored = SCHEMES[scheme];
  const unit = "blockSize" in stored ? stored.blockSize : undefined;
  switch (part) {
    case "text_encoder": {
      const { source, config } = parts.textEncoder;
      return quantizableWeights(source, [textEncoderProgram(source, config, 2)], unit);
    }
    case "unet": {
      const { source, config } = parts.unet;
      const { whole } = unetPrograms(source, config, { height: UNET_STRIDE, width: UNET_STRIDE }, 2);
      return quantizableWeights(source, [whole], unit);
    }
    case "movq": {
      const { source, config } = parts.movq;
      const side = movqScale(config);
      const programs = [
        movqEncoderProgram(source, config, { height: side, width: side }),
        movqDecoderProgram(source, config, { height: 1, width: 1 }),
      ];
      return quantizableWeights(source, programs, unit);
    }
  }
}
