"""MoVQ latents of training scenes, encoded once, so that training a U-Net runs no autoencoder."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import torch
from diffusers import VQModel
from torch import Tensor

from .machine import Machine
from .pictures import as_input
from .shards import read_shard, write_shards


class Encode(Protocol):
    def __call__(self, pictures: Tensor, hidden: Tensor | None = None) -> Tensor:
        """Pictures [N, 128, 128, 3] of uint8, what is hidden of them [N, 1, 128, 128] (1 = grey) -> latents [N, 4, 16, 16] on the CPU."""
        ...


def encoder(movq: VQModel, machine: Machine) -> Encode:
    """In batches that suit the machine."""

    @torch.no_grad()
    def encode(pictures: Tensor, hidden: Tensor | None = None) -> Tensor:
        parts = []
        for start in range(0, len(pictures), machine.encoded_at_once):
            part = slice(start, start + machine.encoded_at_once)
            inputs = as_input(pictures[part].to(machine.device))
            if hidden is not None:
                inputs = inputs * (1 - hidden[part].to(machine.device))  # grey is 0
            parts.append(movq.encode(inputs.contiguous(memory_format=machine.layout)).latents)
        return torch.cat(parts).cpu()

    return encode


def write_latents(folder: Path, pictures: Path, seeds: Sequence[int], encode: Encode, workers: int) -> None:
    write_shards(folder, seeds, lambda seed: encode(read_shard(pictures, seed)).half(), workers)
