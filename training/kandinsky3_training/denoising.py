"""What base and inpainting learn by: noise added to the latents of training scenes is to be found again, knowing the caption."""

import torch
from torch import Tensor

from .captions import Captions
from .components import Denoiser
from .noise import add_noise, random_timesteps, weighted_loss

UNCONDITIONAL = 0.1
"""Share of captions left out, for classifier-free guidance."""


class Denoising:
    """On latents [N, 4, 16, 16], for inpainting with known regions [N, 5, 16, 16]; a variant is a length of captions."""

    def __init__(self, denoiser: Denoiser, captions: Captions, latents: Tensor, batch: int, known: Tensor | None = None) -> None:
        self.denoiser = denoiser
        self.captions = captions
        self.latents = latents
        self.batch = batch
        self.known = known

    def variant(self, _: int) -> int:
        return self.captions.random_group()

    def loss(self, variant: int) -> Tensor:
        chosen = self.captions.batch(variant, self.batch)
        kept = (torch.rand(self.batch, device=self.latents.device) >= UNCONDITIONAL).float()
        states = self.denoiser.encode_text(chosen.ids, chosen.mask) * kept[:, None, None]
        clean = self.latents[chosen.rows]
        noise, timesteps = torch.randn_like(clean), random_timesteps(self.batch, self.latents.device)
        inputs = add_noise(clean, noise, timesteps)
        if self.known is not None:
            inputs = torch.cat([inputs, self.known[chosen.rows]], 1)  # [B, 9, 16, 16]
        return weighted_loss(self.denoiser.predict_noise(inputs, timesteps, states, chosen.mask * kept[:, None]), noise, timesteps)
