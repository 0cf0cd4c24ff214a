// The networks that can be compared: of each its folder, its weight file, its program, and the size that the peer is given.
import { readMovqConfig } from "../../dist/models/movq/config.js";
import { readT5Config } from "../../dist/models/t5/config.js";
import { readUNetConfig } from "../../dist/models/unet/config.js";
import * as networks from "../../dist/components/programs.js";

/** @param {{ size: number, tokens: number }} request */
export function networkParts({ size, tokens }) {
  const latents = { height: size / 8, width: size / 8 };
  const pixels = { height: size, width: size };
  return {
    text_encoder: {
      folder: "text_encoder",
      base: "model",
      readConfig: readT5Config,
      build: (source, config) => networks.textEncoderProgram(source, config, tokens),
      sides: {},
    },
    unet: {
      folder: "unet",
      base: "diffusion_pytorch_model",
      readConfig: readUNetConfig,
      build: (source, config) => networks.unetPrograms(source, config, latents, tokens).step,
      sides: latents,
    },
    movq_encode: {
      folder: "movq",
      base: "diffusion_pytorch_model",
      readConfig: readMovqConfig,
      build: (source, config) => networks.movqEncoderProgram(source, config, pixels),
      sides: pixels,
    },
    movq_decode: {
      folder: "movq",
      base: "diffusion_pytorch_model",
      readConfig: readMovqConfig,
      build: (source, config) => networks.movqDecoderProgram(source, config, latents),
      sides: latents,
    },
  };
}
