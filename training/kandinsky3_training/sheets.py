"""Sheets of pictures to look at: a grid, rows of the given length."""

from collections.abc import Sequence
from pathlib import Path

import numpy
from PIL import Image


def save_sheet(path: Path, pictures: Sequence[numpy.ndarray], columns: int = 8) -> None:
    """Pictures [H, W, 3] of one size; the last row is filled up with grey."""
    path.parent.mkdir(parents=True, exist_ok=True)
    height, width, _ = pictures[0].shape
    rows = -(-len(pictures) // columns)
    sheet = Image.new("RGB", (columns * width, rows * height), (128, 128, 128))
    for index, picture in enumerate(pictures):
        sheet.paste(Image.fromarray(picture), ((index % columns) * width, (index // columns) * height))
    sheet.save(path)


def beside(left: Sequence[numpy.ndarray], right: Sequence[numpy.ndarray]) -> list[numpy.ndarray]:
    """Alternating, so that each picture of `left` has its partner to its right."""
    return [picture for pair in zip(left, right, strict=True) for picture in pair]
