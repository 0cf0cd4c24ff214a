"""Training scenes in shards, and what is made of them once and kept: pictures, latents, known regions.

A shard is SHARD_SCENES scenes made from one seed. The scenes are made again from that seed whenever they are needed, so its file holds a
tensor only, and a stage that was killed goes on with the files that are missing.
"""

import random
from collections.abc import Callable, Sequence
from pathlib import Path

import torch
from torch import Tensor

from .atomic import save_whole
from .parallel import in_processes
from .scenes import Scene, random_scene

SHARD_SCENES = 250


def shard_scenes(seed: int) -> list[Scene]:
    rng = random.Random(seed)
    return [random_scene(rng) for _ in range(SHARD_SCENES)]


def scenes_of(seeds: Sequence[int]) -> list[Scene]:
    return [scene for seed in seeds for scene in shard_scenes(seed)]


def shard_path(folder: Path, seed: int) -> Path:
    return folder / f"{seed}.pt"


def write_shards(folder: Path, seeds: Sequence[int], make: Callable[[int], Tensor], workers: int) -> None:
    """Keeps what `make` makes of each seed's scenes in the folder, where it is not there yet."""
    folder.mkdir(parents=True, exist_ok=True)
    missing = [seed for seed in seeds if not shard_path(folder, seed).exists()]

    def write(share: Sequence[int]) -> list[None]:
        for number, seed in enumerate(share):
            save_whole(make(seed), shard_path(folder, seed))
            if number % 10 == 9:
                print(f"{folder.name}: shard {number + 1} of {len(share)}", flush=True)
        return [None] * len(share)

    in_processes(write, missing, workers)


def read_shard(folder: Path, seed: int) -> Tensor:
    return torch.load(shard_path(folder, seed), weights_only=True)


def read_shards(folder: Path, seeds: Sequence[int]) -> Tensor:
    return torch.cat([read_shard(folder, seed) for seed in seeds])
