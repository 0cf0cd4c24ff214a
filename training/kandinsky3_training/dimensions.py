"""The small model's dimensions, in the names of diffusers' and transformers' configurations. The blocks are the released model's."""

TEXT_WIDTH = 128
LATENT_CHANNELS = 4
INPAINTING_CHANNELS = 2 * LATENT_CHANNELS + 1
"""Noisy latents, the known region (1 = kept), the latents of the picture with the rest painted over."""

MOVQ = {
    "in_channels": 3,
    "out_channels": 3,
    "latent_channels": LATENT_CHANNELS,
    "block_out_channels": (32, 64, 64, 96),
    "down_block_types": ("DownEncoderBlock2D",) * 3 + ("AttnDownEncoderBlock2D",),
    "up_block_types": ("AttnUpDecoderBlock2D",) + ("UpDecoderBlock2D",) * 3,
    "layers_per_block": 1,
    "norm_type": "spatial",
    "num_vq_embeddings": 1024,
    "vq_embed_dim": LATENT_CHANNELS,
    "norm_num_groups": 4,
    "scaling_factor": 1.0,
}
UNET = {
    "time_embedding_dim": 128,
    "groups": 8,
    "attention_head_dim": 32,
    "layers_per_block": 2,
    "block_out_channels": (96, 64, 96, 128),
    "cross_attention_dim": TEXT_WIDTH,
    "encoder_hid_dim": TEXT_WIDTH,
}
TEXT_ENCODER = {
    "d_model": TEXT_WIDTH,
    "d_kv": 32,
    "num_heads": 4,
    "num_layers": 3,
    "d_ff": 256,
    "vocab_size": 2112,
    "feed_forward_proj": "gated-silu",
    "dropout_rate": 0.0,
    "tie_word_embeddings": False,
    "is_encoder_decoder": False,
    "use_cache": False,
}
