"""The noise of the released model: 1,000 steps, squared-cosine betas, the network predicts the noise."""

import torch
from diffusers import DDPMScheduler
from torch import Tensor

TRAIN_STEPS = 1000
WEIGHT_CAP = 10.0


def scheduler() -> DDPMScheduler:
    return DDPMScheduler(num_train_timesteps=TRAIN_STEPS, beta_schedule="squaredcos_cap_v2", clip_sample=False)


SIGNAL_POWER: Tensor = scheduler().alphas_cumprod  # [1000]


def random_timesteps(count: int) -> Tensor:
    """One from each of `count` equal parts of the range, in random order: less variance than independent draws."""
    return ((torch.randperm(count) + torch.rand(count)) * (TRAIN_STEPS / count)).long().clamp(max=TRAIN_STEPS - 1)


def add_noise(latents: Tensor, noise: Tensor, timesteps: Tensor) -> Tensor:
    signal = SIGNAL_POWER.to(latents.device)[timesteps].view(-1, 1, 1, 1)
    return signal.sqrt() * latents + (1 - signal).sqrt() * noise


def weighted_loss(predicted: Tensor, noise: Tensor, timesteps: Tensor) -> Tensor:
    """Squared error of the noise, weighted as if the network predicted the velocity (Salimans & Ho 2022), up to a cap.

    The plain error hardly counts the noisiest steps, where colours and the background are decided: there a small error in the noise is
    a large one in the picture. The velocity's error is the noise's divided by the signal's power.
    """
    weight = (1 / SIGNAL_POWER.to(noise.device)[timesteps]).clamp(max=WEIGHT_CAP)
    return (weight * (predicted.float() - noise).square().mean((1, 2, 3))).mean()
