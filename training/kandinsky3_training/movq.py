"""The MoVQ stage: the autoencoder that gives the U-Net its latents.

From nothing it learns encoder and decoder, on small crops first: they converge fastest per second. From an earlier model the encoder
stays as it is, so that the latent space, and with it every U-Net trained on it, stays good; only the decoder learns on.
"""

import random
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy
import torch
import torch.nn.functional as functional
from diffusers import VQModel
from diffusers.models.attention_processor import SpatialNorm
from torch import Tensor

from .components import load_movq
from .dimensions import MOVQ
from .latents import pixels
from .scenes import SIDE, Scene, draw, random_scene

LATENT_NOISE = 0.05
"""Added to the latents before decoding, so that the decoder forgives a U-Net's small errors."""

PHASES = ((0.35, 32, 2), (0.85, 64, 1), (1.0, SIDE, 0.5))
"""Until which share of the steps, the crop's side, and the batch as a multiple of the plan's."""


class LatentSizeSpatialNorm(SpatialNorm):
    """Its 1x1 convolutions commute with nearest upsampling: done before it, they cost a hundredth."""

    def forward(self, features: Tensor, latents: Tensor) -> Tensor:
        def grow(modulation: Tensor) -> Tensor:
            return functional.interpolate(modulation, size=features.shape[-2:], mode="nearest")

        return self.norm_layer(features) * grow(self.conv_y(latents)) + grow(self.conv_b(latents))


def trainable_movq(earlier: Path | None) -> VQModel:
    """A fresh MoVQ, or that of an `earlier` model folder with the encoder frozen."""
    movq = VQModel(**MOVQ) if earlier is None else load_movq(earlier / "movq")
    movq.quantize.requires_grad_(False)  # Kandinsky 3 never quantises
    if earlier is not None:
        movq.encoder.requires_grad_(False)
        movq.quant_conv.requires_grad_(False)
    return at_latent_size(movq)


def at_latent_size(movq: VQModel) -> VQModel:
    for module in movq.modules():
        if type(module) is SpatialNorm:
            module.__class__ = LatentSizeSpatialNorm  # same weights and keys, another order of work
    return movq


def training_scenes(seed: int, count: int) -> list[Scene]:
    rng = random.Random(seed)
    return [random_scene(rng) for _ in range(count)]


def movq_loss(movq: VQModel, scenes: Sequence[Scene], batch: int, steps: int, device: torch.device) -> Callable[[int], Tensor]:
    """The loss of one step; torch's random state is set by the caller. Pictures are drawn as they are needed."""
    learns_encoder = next(movq.encoder.parameters()).requires_grad

    def loss_of(step: int) -> Tensor:
        side, multiple = next((side, multiple) for until, side, multiple in PHASES if step < until * steps) if learns_encoder else (SIDE, 1)
        rng = random.Random(step)
        chosen = [crop(scenes[rng.randrange(len(scenes))], side, rng) for _ in range(max(1, round(batch * multiple)))]
        pictures = pixels(chosen).to(device).contiguous(memory_format=torch.channels_last)
        with torch.set_grad_enabled(learns_encoder):
            latents = movq.encode(pictures).latents
        decoded = movq.decode(latents + torch.randn_like(latents) * LATENT_NOISE, force_not_quantize=True).sample
        loss = picture_loss(pictures, decoded)
        if learns_encoder:  # latents of mean 0 and deviation 1, the noise's
            loss = loss + 0.05 * (latents.mean().square() + (latents.std((0, 2, 3)) - 1).square().mean())
        return loss

    return loss_of


def crop(scene: Scene, side: int, rng: random.Random) -> numpy.ndarray:
    picture = numpy.asarray(draw(scene))
    top, left = rng.randrange(SIDE - side + 1), rng.randrange(SIDE - side + 1)
    return picture[top : top + side, left : left + side]


def picture_loss(pictures: Tensor, decoded: Tensor) -> Tensor:
    """Absolute and squared error, and the absolute error of the gradients, which keeps edges sharp."""
    edges = sum((a - b).abs().mean() for a, b in zip(gradients(pictures), gradients(decoded), strict=True))
    return (pictures - decoded).abs().mean() + 2 * (pictures - decoded).square().mean() + 0.5 * edges


def gradients(pictures: Tensor) -> tuple[Tensor, Tensor]:
    return pictures[..., 1:] - pictures[..., :-1], pictures[..., 1:, :] - pictures[..., :-1, :]


@torch.no_grad()
def reconstruct(movq: VQModel, pictures: Sequence[numpy.ndarray]) -> Tensor:
    """Encoded and decoded, [N, 3, H, W] in -1..1."""
    parts = [movq.decode(movq.encode(pixels(pictures[i : i + 8])).latents, force_not_quantize=True).sample for i in range(0, len(pictures), 8)]
    return torch.cat(parts).clamp(-1, 1)


def psnr(pictures: Tensor, others: Tensor) -> Tensor:
    """Of each picture, in dB; [N, 3, H, W] in -1..1."""
    return -10 * torch.log10(((pictures - others) / 2).square().mean((1, 2, 3)))
