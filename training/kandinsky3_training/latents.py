"""MoVQ latents of many scenes, encoded once and kept in shards, so that training a U-Net runs no autoencoder.

A shard is a file of SHARD_SCENES scenes made from one seed. Its scenes are made again from that seed whenever it is read, so a shard
holds tensors only, and a stage that was killed goes on with the shards that are missing.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy
import torch
from torch import Tensor

from .atomic import save_whole
from .parallel import in_processes
from .scenes import Scene, draw, random_scene

Encode = Callable[[Tensor], Tensor]
"""Pictures [N, 3, 128, 128] in -1..1 -> latents [N, 4, 16, 16]."""

SHARD_SCENES = 250
ENCODE_BATCH = 10


@dataclass(frozen=True)
class Latents:
    scenes: list[Scene]
    values: Tensor  # [N, 4, 16, 16]

    def to(self, device: torch.device) -> "Latents":
        return Latents(self.scenes, self.values.to(device))


def shard_scenes(seed: int) -> list[Scene]:
    rng = random.Random(seed)
    return [random_scene(rng) for _ in range(SHARD_SCENES)]


def pixels(pictures: Sequence[numpy.ndarray]) -> Tensor:
    """Pictures [H, W, 3] in 0..255 -> [N, 3, H, W] in -1..1."""
    return torch.from_numpy(numpy.stack(pictures)).permute(0, 3, 1, 2).float() / 127.5 - 1


def write_shards(folder: Path, seeds: Sequence[int], encode: Encode, workers: int) -> None:
    """Encodes the scenes of each seed whose shard is not there yet."""
    folder.mkdir(parents=True, exist_ok=True)
    missing = [seed for seed in seeds if not shard_path(folder, seed).exists()]
    in_processes(lambda share: [write_shard(shard_path(folder, seed), shard_scenes(seed), encode) for seed in share], missing, workers)


def write_shard(path: Path, scenes: Sequence[Scene], encode: Encode) -> Path:
    parts = []
    for start in range(0, len(scenes), ENCODE_BATCH):
        pictures = [numpy.asarray(draw(scene)) for scene in scenes[start : start + ENCODE_BATCH]]
        with torch.no_grad():
            parts.append(encode(pixels(pictures)).half())
    save_whole(torch.cat(parts), path)
    print(f"latents of {len(scenes)} scenes: {path.name}", flush=True)
    return path


def read_shards(folder: Path, seeds: Sequence[int]) -> Latents:
    scenes = [scene for seed in seeds for scene in shard_scenes(seed)]
    values = torch.cat([torch.load(shard_path(folder, seed), weights_only=True) for seed in seeds]).float()
    return Latents(scenes, values)


def shard_path(folder: Path, seed: int) -> Path:
    return folder / f"{seed}.pt"
