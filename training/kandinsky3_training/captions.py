"""The captions of training scenes as token ids, made once and kept on the training device, so that a batch costs no tokenizing."""

import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from .scenes import Scene, caption
from .text import Tokenizer

WAYS = 4
"""How many captions a scene has; there are several ways to say one."""


@dataclass(frozen=True)
class CaptionBatch:
    """`rows` [B] says which scene each caption is of; `ids` and `mask` are [B, L]."""

    rows: Tensor
    ids: Tensor
    mask: Tensor


@dataclass(frozen=True)
class OfOneLength:
    rows: Tensor  # [M]
    ids: Tensor  # [M, L], int32


class Captions:
    """Captions by their length: a batch holds captions of one length (text.py says why), and each caption is as likely as another."""

    def __init__(self, tokenizer: Tokenizer, words: Sequence[str], rows: Sequence[int], device: torch.device) -> None:
        by_length: dict[int, list[int]] = defaultdict(list)
        for number, length in enumerate(tokenizer.lengths(words)):
            by_length[length].append(number)
        self.groups: list[OfOneLength] = []
        for length in sorted(by_length):
            numbers = by_length[length]
            ids, _ = tokenizer([words[number] for number in numbers])
            self.groups.append(OfOneLength(torch.tensor([rows[number] for number in numbers]).to(device), ids.int().to(device)))
        self.shares = torch.tensor([float(len(group.rows)) for group in self.groups])
        self.device = device

    def random_group(self) -> int:
        """The number of a group, from torch's random state on the CPU; the larger the likelier."""
        return int(torch.multinomial(self.shares, 1))

    def batch(self, group: int, size: int) -> CaptionBatch:
        """Random captions of a group, drawn on the device."""
        rows, ids = self.groups[group].rows, self.groups[group].ids
        chosen = torch.randint(len(rows), (size,), device=self.device)
        mask = torch.ones(size, ids.shape[1], device=self.device)
        mask[:, -1] = 0  # the tokenizer's one token of padding
        return CaptionBatch(rows[chosen], ids[chosen].long(), mask)


def scene_captions(tokenizer: Tokenizer, scenes: Sequence[Scene], device: torch.device, seed: int = 0) -> Captions:
    """Several captions of each scene."""
    rng = random.Random(seed)
    words = [caption(scene, rng) for scene in scenes for _ in range(WAYS)]
    return Captions(tokenizer, words, [row for row in range(len(scenes)) for _ in range(WAYS)], device)
