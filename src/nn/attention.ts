/** The arithmetic of attention, apart from where queries, keys and values come from. */
import { add, matMul, mul, reshape, sizeOf, softmax, transpose } from "../graph/ops/index.js";
import type { Value } from "../graph/value.js";

export interface AttentionOptions {
  readonly heads: number;
  /** Factor on the scores before the softmax; 1 where the network was trained without one. */
  readonly scale: number;
  /** Added to the scaled scores; broadcasts to `[B, heads, S, T]`. */
  readonly bias?: Value;
}

/**
 * `softmax(scale q k^T + bias) v` per head with the scores held whole, for short sequences: q `[B, S, H D]`, k and v
 * `[B, T, H D]`; the batch of k and v may be 1. Keys are transposed on their own, so that constant keys are prepared once.
 */
export function scoredAttention(q: Value, k: Value, v: Value, options: AttentionOptions): Value {
  const { heads, scale, bias } = options;
  const query = transpose(toHeads(q, heads), [0, 2, 1, 3]); // [B, H, S, D]
  const key = transpose(toHeads(k, heads), [0, 2, 3, 1]); // [B, H, D, T]
  const value = transpose(toHeads(v, heads), [0, 2, 1, 3]); // [B, H, T, D]
  const scaled = scale === 1 ? key : mul(key, scale);
  const scores = matMul(query, scaled); // [B, H, S, T]
  const weights = softmax(bias === undefined ? scores : add(scores, bias));
  const mixed = transpose(matMul(weights, value), [0, 2, 1, 3]); // [B, S, H, D]
  return reshape(mixed, [sizeOf(mixed, 0), sizeOf(mixed, 1), -1]);
}

/** Heads of width `headDim` in `channels`. Throws `GraphError` when they do not divide. */
export function headCount(x: Value, channels: number, headDim: number): number {
  if (channels % headDim !== 0) {
    throw x.graph.error("attention", `${channels} channels do not divide into heads of ${headDim}`);
  }
  return channels / headDim;
}

function toHeads(x: Value, heads: number): Value {
  return reshape(x, [sizeOf(x, 0), sizeOf(x, 1), heads, -1]);
}
