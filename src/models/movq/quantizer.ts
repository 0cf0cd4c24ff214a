/** The codebook of MoVQ. Reference: diffusers, autoencoders/vae.py, VectorQuantizer. */
import type { WeightScope } from "../../checkpoint/weight-scope.js";
import {
  argMin,
  gatherRows,
  gemm,
  mul,
  reduceSumSquare,
  reshape,
  sizeOf,
  sub,
  transpose,
} from "../../graph/ops/index.js";
import type { Value } from "../../graph/value.js";
import { parameter } from "../../nn/block.js";
import type { MovqConfig } from "./config.js";

/** Row of the codebook that is nearest to each latent: `[B, C, h, w]` to int64 `[B * h * w]`. */
export function codebookIndices(scope: WeightScope, latents: Value, config: MovqConfig): Value {
  const codebook = codebookOf(scope, latents, config); // [K, C]
  const vectors = reshape(transpose(latents, [0, 2, 3, 1]), [-1, config.vq_embed_dim]); // [N, C]
  const norms = reshape(reduceSumSquare(codebook, 1), [1, -1]); // [1, K]
  // |z - e|^2 less |z|^2, which is the same for every row.
  return argMin(sub(norms, mul(gemm(vectors, codebook), 2)), 1);
}

/** Each latent replaced by its nearest row; the same shape. */
export function quantize(scope: WeightScope, latents: Value, config: MovqConfig): Value {
  const rows = gatherRows(codebookOf(scope, latents, config), codebookIndices(scope, latents, config)); // [N, C]
  const grid = reshape(rows, [sizeOf(latents, 0), sizeOf(latents, 2), sizeOf(latents, 3), config.vq_embed_dim]);
  return transpose(grid, [0, 3, 1, 2]);
}

function codebookOf(scope: WeightScope, x: Value, config: MovqConfig): Value {
  if (config.num_vq_embeddings === null) {
    throw x.graph.internalError("quantize", "this MoVQ has no codebook");
  }
  return parameter(scope.at("quantize", "embedding"), x, "weight", [config.num_vq_embeddings, config.vq_embed_dim]);
}
