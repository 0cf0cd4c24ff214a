/** A U-Net with what the original release keeps beside it. */
import type { WeightedPart } from "../components/audit-weights.js";
import type { UNetConfig } from "../models/unet/config.js";
import type { Tensor } from "../tensor/tensor.js";

export interface UNetModel extends WeightedPart<UNetConfig> {
  /** What stands for "no text" in the original's guidance, `[cross_attention_dim]`; only original releases have it. */
  readonly nullEmbedding: Tensor | undefined;
}
