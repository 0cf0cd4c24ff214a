/** The graph inputs of the U-Net, in one place: whoever builds it (the pipeline, the audit, benchmarks, `inspect`) names them alike. */
import type { GraphBuilder } from "../../graph/graph-builder.js";
import type { Value } from "../../graph/value.js";
import type { UNetConfig } from "./config.js";

/** Raw text is projected by the U-Net itself, as in diffusers; a context has been projected before, as in the original. */
export type TextForm = "encoder_hidden_states" | "context";

export interface UNetInputs {
  /** Noisy latents, `[B, in_channels, h, w]`; sides are multiples of 8. */
  readonly sample: Value;
  /** `[S]` with S = B, or B = 1 to denoise one image at S times. */
  readonly timesteps: Value;
  readonly textForm: TextForm;
  /** `[B | 1, L, encoder_hid_dim]`; as a context `[B | 1, L, cross_attention_dim]`. */
  readonly text: Value;
  /** What is added to the scores of the text's positions, `[B | 1, 1, 1, L]`: `(1 - mask) * -10000`. */
  readonly scoreBias: Value;
}

export interface UNetInputSizes {
  readonly height: number;
  readonly width: number;
  /** Positions of the text. */
  readonly tokens: number;
  readonly batch?: number;
  /** Number of times; as many as the batch has samples when left out. */
  readonly steps?: number;
  readonly textForm?: TextForm;
}

/**
 * Declares the inputs `sample`, `timesteps`, `score_bias` and the text under the name of its form. The times are float32 in every
 * graph, the others are of its compute type.
 */
export function unetInputs(
  graph: GraphBuilder,
  config: UNetConfig,
  { height, width, tokens, batch = 1, steps = batch, textForm = "encoder_hidden_states" }: UNetInputSizes,
): UNetInputs {
  const textWidth = textForm === "context" ? config.cross_attention_dim : config.encoder_hid_dim;
  return {
    sample: graph.input("sample", graph.computeType, [batch, config.in_channels, height, width]),
    timesteps: graph.input("timesteps", "float32", [steps]),
    textForm,
    text: graph.input(textForm, graph.computeType, [batch, tokens, textWidth]),
    scoreBias: graph.input("score_bias", graph.computeType, [batch, 1, 1, tokens]),
  };
}

/** Path of the block whose output is all that the outermost level gets from the inner ones. */
export function innermostLevels({ block_out_channels: levels }: UNetConfig): string {
  return `up_blocks.${levels.length - 2}`;
}

/** The inputs that are the same for every sample: what depends on them alone can be computed before the first step. */
export function stepInvariant({ timesteps, text, scoreBias }: UNetInputs): ReadonlySet<Value> {
  return new Set([timesteps, text, scoreBias]);
}
