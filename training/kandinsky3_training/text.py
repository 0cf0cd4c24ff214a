"""Captions to token ids, as the released tokenizer does it: SentencePiece pieces and the end token."""

from collections.abc import Sequence
from pathlib import Path

import sentencepiece
import torch
from torch import Tensor

END = 1
MAX_TOKENS = 128


class Tokenizer:
    def __init__(self, spiece: Path) -> None:
        self.pieces = sentencepiece.SentencePieceProcessor(model_file=str(spiece))

    def __call__(self, captions: Sequence[str]) -> tuple[Tensor, Tensor]:
        """-> ids and mask, both [B, longest caption]; 0 is the padding."""
        rows = [self.pieces.encode(caption)[: MAX_TOKENS - 1] + [END] for caption in captions]
        longest = max(map(len, rows))
        ids = torch.tensor([row + [0] * (longest - len(row)) for row in rows])
        mask = torch.tensor([[1.0] * len(row) + [0.0] * (longest - len(row)) for row in rows])
        return ids, mask
