"""What the loops of a CPU and of a GPU share of an update."""

from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor, nn

from .errors import TrainingError
from .plan import Plan

CLIP = 1.0
"""Largest norm of a gradient."""


def adamw(parameters: Sequence[nn.Parameter], plan: Plan) -> torch.optim.AdamW:
    return torch.optim.AdamW(parameters, lr=plan.learning_rate, betas=(0.9, 0.99), weight_decay=1e-3, fused=True)


def check_finite(average: Sequence[Tensor], folder: Path, step: int) -> None:
    """Before a checkpoint takes the place of the last one."""
    if not all(bool(torch.isfinite(value).all()) for value in average):
        raise TrainingError(f"{folder}: weights at step {step} are no numbers any more; the last checkpoint is kept")
