"""Captions to token ids, as the released tokenizer does it: SentencePiece pieces and the end token."""

from collections.abc import Sequence
from pathlib import Path

import sentencepiece
import torch
from torch import Tensor

END = 1
MAX_TOKENS = 128


class Tokenizer:
    """Pads to one token more than the longest caption, as diffusers' pipeline does. That token counts: the U-Net's attention pooling
    takes the mean of all positions, padding included, so a caption should stand in a batch with others of its length."""

    def __init__(self, spiece: Path) -> None:
        self.pieces = sentencepiece.SentencePieceProcessor(model_file=str(spiece))

    def __call__(self, captions: Sequence[str]) -> tuple[Tensor, Tensor]:
        """-> ids and mask, both [B, longest caption + 1]; 0 is the padding."""
        rows = [self.pieces.encode(caption)[: MAX_TOKENS - 1] + [END] for caption in captions]
        length = max(map(len, rows)) + 1
        ids = torch.tensor([row + [0] * (length - len(row)) for row in rows])
        mask = torch.tensor([[1.0] * len(row) + [0.0] * (length - len(row)) for row in rows])
        return ids, mask

    def lengths(self, captions: Sequence[str]) -> list[int]:
        return [min(len(pieces), MAX_TOKENS - 1) + 1 for pieces in self.pieces.encode(list(captions))]
