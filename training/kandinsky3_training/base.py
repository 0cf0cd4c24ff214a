"""The base stage: U-Net and text encoder together, from captions, on the latents of training scenes."""

import random
from collections.abc import Callable

import torch
from torch import Tensor

from .components import Denoiser
from .latents import Latents
from .noise import add_noise, random_timesteps, weighted_loss
from .scenes import caption
from .text import Tokenizer

UNCONDITIONAL = 0.1
"""Share of captions left out, for classifier-free guidance."""


def base_loss(denoiser: Denoiser, tokenizer: Tokenizer, latents: Latents, batch: int) -> Callable[[int], Tensor]:
    """The loss of one step; torch's random state is set by the caller."""

    device = latents.values.device

    def loss_of(step: int) -> Tensor:
        rng = random.Random(step)
        chosen = torch.randint(len(latents.scenes), (batch,))
        words = tokenizer([caption(latents.scenes[index], rng) for index in chosen.tolist()])
        ids, mask = (tensor.to(device) for tensor in words)
        kept = (torch.rand(batch) >= UNCONDITIONAL).float().to(device)
        states = denoiser.encode_text(ids, mask) * kept[:, None, None]
        clean = latents.values[chosen.to(device)]  # [B, 4, 16, 16]
        noise, timesteps = torch.randn_like(clean), random_timesteps(batch).to(device)
        inputs = add_noise(clean, noise, timesteps).contiguous(memory_format=torch.channels_last)
        return weighted_loss(denoiser.predict_noise(inputs, timesteps, states, mask * kept[:, None]), noise, timesteps)

    return loss_of
