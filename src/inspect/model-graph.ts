/** The network of one part, as the engine would get it, for reading. */
import { openWeightsOf } from "../loading/model-folder.js";
import { readComponentConfig } from "../loading/component-config.js";
import { refuseForeignQuantization } from "../checkpoint/quantized/foreign-quantization.js";
import { WeightScope } from "../checkpoint/weight-scope.js";
import { GraphBuilder } from "../graph/graph-builder.js";
import { type Program, programOf } from "../graph/program.js";
import { movqScale, parseMovqConfig } from "../models/movq/config.js";
import { movqDecoder } from "../models/movq/decoder.js";
import { movqEncoder } from "../models/movq/encoder.js";
import { parseT5Config } from "../models/t5/config.js";
import { t5Encoder } from "../models/t5/encoder.js";
import { parseUNetConfig } from "../models/unet/config.js";
import { unetInputs } from "../models/unet/inputs.js";
import { unet } from "../models/unet/unet.js";
import type { NetworkName } from "../components/components.js";
import type { ModelFolder } from "../loading/layout.js";

/** What has a graph to print, the U-Net first as what is asked for most. */
export const GRAPH_PARTS = [
  "unet",
  "text_encoder",
  "movq",
  "unet_inpainting",
  "unet_flash",
] as const satisfies NetworkName[];
export type GraphPart = (typeof GRAPH_PARTS)[number];

/** Fixed, so that the text of a model never changes by itself. */
export const GRAPH_PICTURE_SIDE = 512;
export const GRAPH_TOKENS = 128;

/** Builds the network over the component's weights. Throws where the two do not fit. */
export async function graphOf(
  folder: ModelFolder,
  part: GraphPart,
  options: { readonly variant?: string },
): Promise<Program> {
  const source = await openWeightsOf(folder, part, options);
  refuseForeignQuantization(source);
  const scope = WeightScope.root(source);
  const { json, file } = await readComponentConfig(folder, part);
  const graph = new GraphBuilder();
  if (part === "text_encoder") {
    const inputIds = graph.input("input_ids", "int64", [1, GRAPH_TOKENS]);
    const hidden = t5Encoder(scope, inputIds, undefined, parseT5Config(json, file));
    return programOf(new Map([["last_hidden_state", hidden]]));
  }
  if (part === "movq") {
    const movq = parseMovqConfig(json, file);
    const side = GRAPH_PICTURE_SIDE / movqScale(movq);
    const image = graph.input("image", "float32", [1, movq.in_channels, GRAPH_PICTURE_SIDE, GRAPH_PICTURE_SIDE]);
    const latents = graph.input("latents", "float32", [1, movq.latent_channels, side, side]);
    return programOf(
      new Map([
        ["encode", movqEncoder(scope, image, movq)],
        ["decode", movqDecoder(scope, latents, movq)],
      ]),
    );
  }
  const config = parseUNetConfig(json, file);
  const movq = await readComponentConfig(folder, "movq");
  const side = GRAPH_PICTURE_SIDE / movqScale(parseMovqConfig(movq.json, movq.file));
  const inputs = unetInputs(graph, config, { height: side, width: side, tokens: GRAPH_TOKENS });
  return programOf(new Map([["prediction", unet(scope, inputs, config)]]));
}
