/** The U-Net as a component. */
import type { TensorSource } from "../checkpoint/tensor-location.js";
import { WeightScope } from "../checkpoint/weight-scope.js";
import { withFirstAxis } from "../graph/first-axis.js";
import { GraphBuilder } from "../graph/graph-builder.js";
import { hoist } from "../graph/partition.js";
import type { Program } from "../graph/program.js";
import { parseUNetConfig, UNET_STRIDE, type UNetConfig } from "../models/unet/config.js";
import { stepInvariant, unetInputs } from "../models/unet/inputs.js";
import { unet } from "../models/unet/unet.js";
import { convolutionScheme, type Network, returning, type Sides } from "./network.js";

const SMALLEST_SIZES = { height: UNET_STRIDE, width: UNET_STRIDE, tokens: 2 } as const;

export const UNET: Network<UNetConfig> = {
  kind: "unet",
  weightsBase: "diffusion_pytorch_model",
  parseConfig: parseUNetConfig,
  smallest: (scope, config, graph) => [returning(unet(scope, unetInputs(graph, config, SMALLEST_SIZES), config))],
  unused: [],
  dtypes: { fp32: "fp32", int8: "int8", int4: "int8" },
  schemeOf: (_dtype, kernels) => convolutionScheme(kernels),
  // These run once an image and steer every norm.
  keepsPrecision: /(?:^|\.)(?:context_mlp|time_embedding|add_time_condition|encoder_hid_proj)\./,
};

/**
 * The whole U-Net for latents of these sides, what of it runs once for each text (for all steps together), and what runs at every
 * step.
 */
export function unetPrograms(
  source: TensorSource,
  config: UNetConfig,
  sides: Sides,
  tokens: number,
  steps = 1,
): { readonly whole: Program; readonly prologue: Program; readonly step: Program } {
  const inputs = unetInputs(new GraphBuilder(), config, { ...sides, tokens });
  const whole = returning(unet(WeightScope.root(source), inputs, config));
  const { prologue, body } = hoist(whole, stepInvariant(inputs));
  return { whole, prologue: withFirstAxis(prologue, inputs.timesteps, steps), step: body };
}
