"""Pictures from a trained model, as diffusers' Kandinsky3Pipeline makes them: leading timesteps, ancestral steps, guidance (1 + g) c - g u."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy
import torch
from diffusers import VQModel
from torch import Tensor

from .components import Denoiser
from .dimensions import LATENT_CHANNELS
from .latents import Encode, encoder
from .machine import Machine
from .movq import decode
from .noise import scheduler
from .text import Tokenizer

LATENT_SIDE = 16


@dataclass(frozen=True)
class Settings:
    """`guidance` at 1 or less means none, as in the reference."""

    steps: int = 25
    guidance: float = 2.0
    seed: int = 0


@dataclass(frozen=True)
class Painter:
    """A model that is ready to paint."""

    denoiser: Denoiser
    movq: VQModel
    tokenizer: Tokenizer
    machine: Machine

    @property
    def encode(self) -> Encode:
        return encoder(self.movq, self.machine)

    @torch.no_grad()
    def paint(self, prompts: Sequence[str], numbers: Sequence[int], settings: Settings, known: Tensor | None = None) -> list[numpy.ndarray]:
        """One picture [128, 128, 3] a prompt. The noise of a picture comes from the seed and its number alone, whatever the batch;
        a batch holds prompts of one length (see text.py).

        `known` [N, 5, 16, 16] is for inpainting: the mask (1 = kept) and the latents of the masked picture.
        """
        lengths = self.tokenizer.lengths(prompts)
        pictures: dict[int, numpy.ndarray] = {}
        for length in sorted(set(lengths)):
            rows = [row for row, own in enumerate(lengths) if own == length]
            for start in range(0, len(rows), self.machine.painted_at_once):
                part = rows[start : start + self.machine.painted_at_once]
                some_known = None if known is None else known[part]
                latents = self.denoise([prompts[row] for row in part], [numbers[row] for row in part], settings, some_known)
                pictures.update(zip(part, to_pictures(decode(self.movq, latents)), strict=True))
        return [pictures[row] for row in range(len(prompts))]

    def denoise(self, prompts: Sequence[str], numbers: Sequence[int], settings: Settings, known: Tensor | None) -> Tensor:
        ids, mask = (tensor.to(self.machine.device) for tensor in self.tokenizer(prompts))
        states = self.denoiser.encode_text(ids, mask)
        generators = [torch.Generator().manual_seed(settings.seed * 1_000_003 + number) for number in numbers]
        shape = (LATENT_CHANNELS, LATENT_SIDE, LATENT_SIDE)
        latents = torch.stack([torch.randn(shape, generator=generator) for generator in generators])
        schedule = scheduler()
        schedule.set_timesteps(settings.steps)
        guided = settings.guidance > 1
        if guided:  # both predictions in one pass, the unconditional one with nothing to listen to
            states, mask = torch.cat([states, torch.zeros_like(states)]), torch.cat([mask, torch.zeros_like(mask)])
        for timestep in schedule.timesteps:
            inputs = latents if known is None else torch.cat([latents, known], 1)
            inputs = (torch.cat([inputs, inputs]) if guided else inputs).to(self.machine.device)
            noise = self.denoiser.predict_noise(inputs, timestep, states, mask).cpu()
            if guided:
                conditional, unconditional = noise.chunk(2)
                noise = (1 + settings.guidance) * conditional - settings.guidance * unconditional
            stepped = [
                schedule.step(noise[row : row + 1], timestep, latents[row : row + 1], generator=generator).prev_sample
                for row, generator in enumerate(generators)
            ]
            latents = torch.cat(stepped)
        return latents.to(self.machine.device)


def to_pictures(decoded: Tensor) -> list[numpy.ndarray]:
    """[N, 3, H, W] in -1..1 -> N pictures [H, W, 3] in 0..255."""
    levels = ((decoded.clamp(-1, 1) + 1) * 127.5).round().byte()
    return list(levels.permute(0, 2, 3, 1).contiguous().cpu().numpy())
