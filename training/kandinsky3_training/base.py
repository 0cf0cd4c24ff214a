"""The base stage: U-Net and text encoder together, from captions, on the latents of training scenes."""

import random
from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from .components import Denoiser
from .latents import Latents
from .noise import add_noise, random_timesteps, weighted_loss
from .scenes import caption
from .text import Tokenizer

UNCONDITIONAL = 0.1
"""Share of captions left out, for classifier-free guidance."""

ALIKE = 4
"""A batch is taken from this many times as many captions, sorted by their length (see text.py for why)."""


def of_one_length(tokenizer: Tokenizer, words: Sequence[str], batch: int, rng: random.Random) -> list[int]:
    """Which of the captions make a batch of nearly one length; each caption is as likely as another."""
    lengths = tokenizer.lengths(words)
    rows = sorted(range(len(words)), key=lambda row: lengths[row])
    part = rng.randrange(len(words) // batch)
    return rows[part * batch : (part + 1) * batch]


def base_loss(denoiser: Denoiser, tokenizer: Tokenizer, latents: Latents, batch: int) -> Callable[[int], Tensor]:
    """The loss of one step; torch's random state is set by the caller."""

    device = latents.values.device

    def loss_of(step: int) -> Tensor:
        rng = random.Random(step)
        candidates = torch.randint(len(latents.scenes), (ALIKE * batch,)).tolist()
        words = [caption(latents.scenes[index], rng) for index in candidates]
        rows = of_one_length(tokenizer, words, batch, rng)
        chosen = torch.tensor([candidates[row] for row in rows])
        ids, mask = (tensor.to(device) for tensor in tokenizer([words[row] for row in rows]))
        kept = (torch.rand(batch) >= UNCONDITIONAL).float().to(device)
        states = denoiser.encode_text(ids, mask) * kept[:, None, None]
        clean = latents.values[chosen.to(device)]  # [B, 4, 16, 16]
        noise, timesteps = torch.randn_like(clean), random_timesteps(batch).to(device)
        inputs = add_noise(clean, noise, timesteps).contiguous(memory_format=torch.channels_last)
        return weighted_loss(denoiser.predict_noise(inputs, timesteps, states, mask * kept[:, None]), noise, timesteps)

    return loss_of
