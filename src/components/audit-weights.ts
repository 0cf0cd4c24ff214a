/**
 * Builds every network of a model once, at the smallest size and without running it, so that a damaged or foreign checkpoint is
 * refused before any work is done: all missing, misshapen and unused tensors are named.
 */
import type { UNetPart } from "./components.js";
import type { TensorSource } from "../checkpoint/tensor-location.js";
import { WeightScope } from "../checkpoint/weight-scope.js";
import { GraphBuilder } from "../graph/graph-builder.js";
import { type MovqConfig, movqScale } from "../models/movq/config.js";
import { movqDecoder } from "../models/movq/decoder.js";
import { movqEncoder } from "../models/movq/encoder.js";
import { quantize } from "../models/movq/quantizer.js";
import type { T5Config } from "../models/t5/config.js";
import { T5_UNUSED, t5Encoder } from "../models/t5/encoder.js";
import { UNET_STRIDE, type UNetConfig } from "../models/unet/config.js";
import { unetInputs } from "../models/unet/inputs.js";
import { unet } from "../models/unet/unet.js";

/** A part of a model that has weights: its configuration and where they lie. */
export interface WeightedPart<Config> {
  readonly config: Config;
  readonly source: TensorSource;
}

export interface WeightedParts {
  readonly textEncoder: WeightedPart<T5Config>;
  /** Every U-Net of the model. */
  readonly unets: ReadonlyMap<UNetPart, WeightedPart<UNetConfig>>;
  readonly movq: WeightedPart<MovqConfig>;
}

/** What is to be checked; a text encoder may be gone. */
export type AuditedParts = Omit<WeightedParts, "textEncoder"> & {
  readonly textEncoder: WeightedParts["textEncoder"] | undefined;
};

/** Throws `CheckpointError` for the first part whose tensors do not fit its configuration. */
export function auditWeights({ textEncoder, unets, movq }: AuditedParts): void {
  const graph = new GraphBuilder();

  if (textEncoder !== undefined) {
    const text = WeightScope.root(textEncoder.source);
    t5Encoder(text, graph.input("input_ids", "int64", [1, 2]), undefined, textEncoder.config);
    text.audit(T5_UNUSED);
  }

  for (const { config, source } of unets.values()) {
    const denoiser = WeightScope.root(source);
    const inputs = unetInputs(new GraphBuilder(), config, { height: UNET_STRIDE, width: UNET_STRIDE, tokens: 2 });
    unet(denoiser, inputs, config);
    denoiser.audit();
  }

  const codec = WeightScope.root(movq.source);
  const side = movqScale(movq.config);
  movqEncoder(codec, graph.input("image", "float32", [1, movq.config.in_channels, side, side]), movq.config);
  const latents = graph.input("latents", "float32", [1, movq.config.vq_embed_dim, 1, 1]);
  const quantised = movq.config.num_vq_embeddings === null ? latents : quantize(codec, latents, movq.config);
  movqDecoder(codec, quantised, movq.config);
  codec.audit();
}
