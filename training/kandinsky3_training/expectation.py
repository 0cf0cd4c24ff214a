"""The text stage: before it teaches the U-Net anything, the text encoder learns what pictures its captions stand for.

A small head predicts the mean of all latents that a caption may have, every 2x2 square of them by a query of its own that looks at the
text as the U-Net's 8x8 level does. A caption costs a hundredth of a U-Net step here, and what the squared error teaches (which colour goes
with which object, where each stands, what lies behind) is what the U-Net needs from the text at the noisiest steps. The head is dropped.
"""

import torch
import torch.nn.functional as functional
from torch import Tensor, nn
from transformers import T5EncoderModel

from .captions import Captions
from .dimensions import LATENT_CHANNELS, TEXT_WIDTH

SIDE = 8
"""Squares on a side."""

FOLD = 2
HEADS = 4


class LayerOfQueries(nn.Module):
    """Queries look at the text, then each goes through a small network."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.before_attention, self.before_network = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attention = nn.MultiheadAttention(width, HEADS, batch_first=True)
        self.network = nn.Sequential(nn.Linear(width, 2 * width), nn.SiLU(), nn.Linear(2 * width, width))

    def forward(self, queries: Tensor, states: Tensor, ignored: Tensor) -> Tensor:
        seen, _ = self.attention(self.before_attention(queries), states, states, key_padding_mask=ignored, need_weights=False)
        queries = queries + seen
        return queries + self.network(self.before_network(queries))


class Expectation(nn.Module):
    """A text encoder and a head: captions -> the mean of their latents."""

    def __init__(self, text_encoder: T5EncoderModel, layers: int = 2) -> None:
        super().__init__()
        self.text_encoder = text_encoder
        self.queries = nn.Parameter(torch.randn(SIDE * SIDE, TEXT_WIDTH))
        self.states_norm = nn.LayerNorm(TEXT_WIDTH)
        self.layers = nn.ModuleList(LayerOfQueries(TEXT_WIDTH) for _ in range(layers))
        self.out = nn.Sequential(nn.LayerNorm(TEXT_WIDTH), nn.Linear(TEXT_WIDTH, LATENT_CHANNELS * FOLD * FOLD))

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        """ids and mask [B, L] -> latents [B, 4, 16, 16]."""
        states = self.states_norm(self.text_encoder(input_ids=ids, attention_mask=mask).last_hidden_state)
        queries = self.queries.expand(len(ids), -1, -1)
        for layer in self.layers:
            queries = layer(queries, states, mask == 0)
        squares = self.out(queries).transpose(1, 2).unflatten(2, (SIDE, SIDE))
        return functional.pixel_shuffle(squares, FOLD)


class Explaining:
    """What the text stage learns by, on latents [N, 4, 16, 16]: the error as a share of their variance; a variant is a length of captions."""

    def __init__(self, model: Expectation, captions: Captions, latents: Tensor, batch: int) -> None:
        self.model, self.captions, self.latents, self.batch = model, captions, latents, batch
        self.variance = latents.var(0).mean()

    def variant(self, _: int) -> int:
        return self.captions.random_group()

    def loss(self, variant: int) -> Tensor:
        chosen = self.captions.batch(variant, self.batch)
        return functional.mse_loss(self.model(chosen.ids, chosen.mask).float(), self.latents[chosen.rows]) / self.variance
