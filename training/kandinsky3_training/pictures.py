"""Drawings as tensors: what MoVQ learns on and what latents are encoded from."""

from collections.abc import Sequence
from pathlib import Path

import numpy
import torch
from torch import Tensor

from .scenes import Scene, draw
from .shards import shard_scenes, write_shards


def drawings(scenes: Sequence[Scene]) -> Tensor:
    """uint8, [N, 128, 128, 3]."""
    return torch.from_numpy(numpy.stack([numpy.asarray(draw(scene)) for scene in scenes]))


def write_pictures(folder: Path, seeds: Sequence[int], workers: int) -> None:
    write_shards(folder, seeds, lambda seed: drawings(shard_scenes(seed)), workers)


def pixels(pictures: Sequence[numpy.ndarray]) -> Tensor:
    """Pictures [H, W, 3] in 0..255 -> [N, 3, H, W] in -1..1."""
    return as_input(torch.from_numpy(numpy.stack(pictures)))


def as_input(pictures: Tensor) -> Tensor:
    """uint8 [N, H, W, 3] -> [N, 3, H, W] in -1..1, in channels-last memory as it lies."""
    return pictures.permute(0, 3, 1, 2).float() / 127.5 - 1
