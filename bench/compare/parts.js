// The networks that can be compared: of each its kind, its program, and the size that the peer is given.
import { MOVQ, movqDecoderProgram, movqEncoderProgram } from "../../dist/components/movq.js";
import { TEXT_ENCODER, textEncoderProgram } from "../../dist/components/text-encoder.js";
import { UNET, unetPrograms } from "../../dist/components/unet.js";

/** @param {{ size: number, tokens: number }} request */
export function networkParts({ size, tokens }) {
  const latents = { height: size / 8, width: size / 8 };
  const pixels = { height: size, width: size };
  return {
    text_encoder: {
      network: TEXT_ENCODER,
      build: (source, config) => textEncoderProgram(source, config, tokens),
      sides: {},
    },
    unet: {
      network: UNET,
      build: (source, config) => unetPrograms(source, config, latents, tokens).step,
      sides: latents,
    },
    movq_encode: {
      network: MOVQ,
      build: (source, config) => movqEncoderProgram(source, config, pixels),
      sides: pixels,
    },
    movq_decode: {
      network: MOVQ,
      build: (source, config) => movqDecoderProgram(source, config, latents),
      sides: latents,
    },
  };
}
