"""The MoVQ stage: the autoencoder that gives the U-Net its latents.

From nothing it learns encoder and decoder, on small crops first: they converge fastest per second. From an earlier model the encoder
stays as it is, so that the latent space, and with it every U-Net trained on it, stays good; only the decoder learns on.
"""

from pathlib import Path

import torch
import torch.nn.functional as functional
from diffusers import VQModel
from diffusers.models.attention_processor import SpatialNorm
from torch import Tensor

from .components import load_movq
from .dimensions import MOVQ
from .machine import Machine
from .pictures import as_input
from .scenes import SIDE

LATENT_NOISE = 0.05
"""Added to the latents before decoding, so that the decoder forgives a U-Net's small errors."""

Phases = tuple[tuple[float, int, float], ...]

PHASES: Phases = ((0.35, 32, 2), (0.85, 64, 1), (1.0, SIDE, 0.5))
"""Until which share of the steps, the crop's side, and the batch as a multiple of the plan's."""

GPU_PHASES: Phases = ((0.3, 64, 2), (1.0, SIDE, 1))
"""On a GPU small crops save less."""


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


def ready_movq(folder: Path, machine: Machine) -> VQModel:
    """A trained one, where and as the machine computes fastest."""
    return at_latent_size(load_movq(folder)).to(machine.device, memory_format=machine.layout)


def at_latent_size(movq: VQModel) -> VQModel:
    for module in movq.modules():
        if type(module) is SpatialNorm:
            module.__class__ = LatentSizeSpatialNorm  # same weights and keys, another order of work
    return movq


class Reconstruction:
    """What MoVQ learns by, on pictures [N, 128, 128, 3] of uint8; a variant is a phase. `steps` is how many there are altogether."""

    def __init__(self, movq: VQModel, pictures: Tensor, batch: int, steps: int) -> None:
        self.movq, self.pictures, self.batch, self.steps = movq, pictures, batch, steps
        self.learns_encoder = next(movq.encoder.parameters()).requires_grad
        self.phases = (GPU_PHASES if pictures.is_cuda else PHASES) if self.learns_encoder else ((1.0, SIDE, 1.0),)

    def variant(self, step: int) -> int:
        return next(number for number, (until, _, _) in enumerate(self.phases) if step < until * self.steps)

    def loss(self, variant: int) -> Tensor:
        _, side, multiple = self.phases[variant]
        pictures = as_input(random_crops(self.pictures, side, max(1, round(self.batch * multiple))))
        kind = self.movq.quant_conv.weight.dtype
        with torch.set_grad_enabled(self.learns_encoder):
            latents = self.movq.encode(pictures.to(kind)).latents.float()
        noisy = latents + torch.randn_like(latents) * LATENT_NOISE
        decoded = decode(self.movq, noisy.to(kind)).float()
        loss = picture_loss(pictures, decoded)
        if self.learns_encoder:  # channels of mean 0 and deviation 1, the noise's
            loss = loss + 0.05 * (latents.mean((0, 2, 3)).square() + (latents.std((0, 2, 3)) - 1).square()).mean()
        return loss


def decode(movq: VQModel, latents: Tensor) -> Tensor:
    """[N, 4, h, w] -> [N, 3, 8h, 8w], as VQModel's decode(force_not_quantize=True), which takes a number from the CPU; a CUDA graph cannot."""
    return movq.decoder(movq.post_quant_conv(latents), latents)


def random_crops(pictures: Tensor, side: int, count: int) -> Tensor:
    """Squares of random pictures, each from a random place."""
    device = pictures.device
    rows = torch.randint(len(pictures), (count, 1, 1), device=device)
    tops, lefts = torch.randint(SIDE - side + 1, (2, count, 1, 1), device=device)
    along = torch.arange(side, device=device)
    return pictures[rows, tops + along[:, None], lefts + along]


def picture_loss(pictures: Tensor, decoded: Tensor) -> Tensor:
    """Absolute and squared error, and the absolute error of the gradients, which keeps edges sharp."""
    edges = sum((a - b).abs().mean() for a, b in zip(gradients(pictures), gradients(decoded), strict=True))
    return (pictures - decoded).abs().mean() + 2 * (pictures - decoded).square().mean() + 0.5 * edges


def gradients(pictures: Tensor) -> tuple[Tensor, Tensor]:
    return pictures[..., 1:] - pictures[..., :-1], pictures[..., 1:, :] - pictures[..., :-1, :]


@torch.no_grad()
def reconstruct(movq: VQModel, pictures: Tensor) -> Tensor:
    """Pictures [N, 128, 128, 3] of uint8, encoded and decoded: [N, 3, 128, 128] in -1..1."""
    parts = [decode(movq, movq.encode(as_input(part)).latents) for part in pictures.split(8)]
    return torch.cat(parts).clamp(-1, 1)


def psnr(pictures: Tensor, others: Tensor) -> Tensor:
    """Of each picture, in dB; [N, 3, H, W] in -1..1."""
    return -10 * torch.log10(((pictures - others) / 2).square().mean((1, 2, 3)))
