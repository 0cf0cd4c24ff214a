"""What a model makes of a caption alone: its picture at the first step of sampling, when the latents are noise and nothing else.

A cheap figure to watch, a hundred times cheaper than sampling: of the squared error of the predicted latents, the part that the scene's
own variance is. A model that listens is well below 1, one that always predicts the average is at 1, one that takes what it sees in the
noise for the picture is at 2.
"""

import random
from collections.abc import Sequence

import torch
from torch import Tensor

from .components import Denoiser
from .noise import SIGNAL_POWER, scheduler
from .scenes import Scene, caption
from .scoring import Scores
from .text import Tokenizer


@torch.no_grad()
def first_step_error(denoiser: Denoiser, tokenizer: Tokenizer, scenes: Sequence[Scene], latents: Tensor, steps: int = 25) -> Scores:
    """Errors of the mean of each channel, which is the picture's colour, and of all latents [N, 4, 16, 16]."""
    schedule = scheduler()
    schedule.set_timesteps(steps)
    timestep = schedule.timesteps[0]
    signal = SIGNAL_POWER[timestep]
    rng = random.Random(0)
    words = [caption(scene, rng, background_named=1) for scene in scenes]
    lengths = tokenizer.lengths(words)
    noise = torch.randn(latents.shape, generator=torch.Generator().manual_seed(0))
    predicted = torch.empty_like(latents)
    for length in sorted(set(lengths)):
        rows = [row for row, own in enumerate(lengths) if own == length]
        ids, mask = tokenizer([words[row] for row in rows])
        inputs = noise[rows]
        noise_seen = denoiser.predict_noise(inputs, timestep, denoiser.encode_text(ids, mask), mask)
        predicted[rows] = (inputs - (1 - signal).sqrt() * noise_seen) / signal.sqrt()
    colours, true_colours = predicted.mean((2, 3)), latents.mean((2, 3))
    return {
        "mean colour": float((colours - true_colours).square().mean() / true_colours.var(0).mean()),
        "latents": float((predicted - latents).square().mean() / latents.var(0).mean()),
    }
