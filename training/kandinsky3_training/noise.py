"""The noise of the released model: 1,000 steps, squared-cosine betas, the network predicts the noise."""

from functools import cache

import torch
from diffusers import DDPMScheduler
from torch import Tensor

TRAIN_STEPS = 1000
WEIGHT_CAP = 100.0
RANGES = ((0.0, 1.0, 0.3), (0.35, 0.85, 0.45), (0.85, 1.0, 0.25))
"""Parts of the range of timesteps and the share of a batch that is drawn from each: in the second an object gets its shape, in the third
a caption becomes a picture; elsewhere there is less to learn."""


def scheduler() -> DDPMScheduler:
    return DDPMScheduler(num_train_timesteps=TRAIN_STEPS, beta_schedule="squaredcos_cap_v2", clip_sample=False)


SIGNAL_POWER: Tensor = scheduler().alphas_cumprod  # [1000]


@cache
def signal_power(device: torch.device) -> Tensor:
    """SIGNAL_POWER where a batch is."""
    return SIGNAL_POWER.to(device)


def random_timesteps(count: int, device: torch.device) -> Tensor:
    """Spread evenly over each of the ranges, in order: less variance than independent draws."""
    counts = [round(count * share) for _, _, share in RANGES[1:]]
    counts = [count - sum(counts), *counts]
    parts = [low + (high - low) * evenly(some, device) for (low, high, _), some in zip(RANGES, counts, strict=True)]
    return (torch.cat(parts) * TRAIN_STEPS).long().clamp(max=TRAIN_STEPS - 1)


def evenly(count: int, device: torch.device) -> Tensor:
    """A random number from each of `count` equal parts of 0..1."""
    return (torch.arange(count, device=device) + torch.rand(count, device=device)) / max(count, 1)


def add_noise(latents: Tensor, noise: Tensor, timesteps: Tensor) -> Tensor:
    signal = signal_power(latents.device)[timesteps].view(-1, 1, 1, 1)
    return signal.sqrt() * latents + (1 - signal).sqrt() * noise


def weighted_loss(predicted: Tensor, noise: Tensor, timesteps: Tensor) -> Tensor:
    """Squared error of the noise, weighted as if the network predicted the velocity (Salimans & Ho 2022), up to a cap.

    The plain error hardly counts the noisiest steps, where colours and the background are decided: there a small error in the noise is
    a large one in the picture. The velocity's error is the noise's divided by the signal's power. Version 0 was trained without this
    weight and never learnt to take the background from the caption: at the first step of sampling it reads the mean colour in the
    noise, where it is chance.
    """
    weight = (1 / signal_power(noise.device)[timesteps]).clamp(max=WEIGHT_CAP)
    return (weight * (predicted.float() - noise).square().mean((1, 2, 3))).mean()
