/** A U-Net with what the original release keeps beside it. */
import type { UNetConfig } from "../models/unet/config.js";
import type { Tensor } from "../tensor/tensor.js";
import type { OpenedNetwork } from "../components/network.js";

export interface UNetModel extends OpenedNetwork<UNetConfig> {
  /** What stands for "no text" in the original's guidance, `[cross_attention_dim]`; only original releases have it. */
  readonly nullEmbedding: Tensor | undefined;
}
