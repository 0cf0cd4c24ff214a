"""Tensors in a file that is either whole or not there, whenever the process is killed."""

from pathlib import Path

import torch


def save_whole(value: object, path: Path) -> None:
    """Writes beside the path, then replaces what was there."""
    partial = path.with_suffix(".partial")
    torch.save(value, partial)
    partial.replace(path)
