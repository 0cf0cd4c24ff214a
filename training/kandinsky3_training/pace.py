"""How training goes, said every so often: loss, images a second, minutes left at that pace."""

import csv
import math
import time
from pathlib import Path

import torch
from torch import Tensor

from .errors import TrainingError
from .plan import Plan

LOG_EVERY = 25


class Pace:
    """On standard output and in log.csv."""

    def __init__(self, plan: Plan, folder: Path) -> None:
        self.plan = plan
        self.log = folder / "log.csv"
        self.losses: list[Tensor] = []
        self.since: tuple[int, float] | None = None

    def record(self, done: int, loss: Tensor) -> None:
        """The loss is looked at only now and then: a GPU would have to be waited for."""
        self.losses.append(loss)
        if self.since is None:
            self.since = (done, time.monotonic())
        if done % LOG_EVERY != 0 or done == self.since[0]:
            return
        mean = float(torch.stack(self.losses).mean())
        if not math.isfinite(mean):
            raise TrainingError(f"{self.log.parent}: the loss at step {done} is {mean}, expected a finite number")
        steps, seconds = done - self.since[0], time.monotonic() - self.since[1]
        per_second = steps / seconds
        self.losses, self.since = [], (done, time.monotonic())
        minutes_left = (self.plan.steps - done) / per_second / 60
        images = per_second * self.plan.batch
        print(f"step {done}/{self.plan.steps}  loss {mean:.4f}  {images:.1f} images/s  {minutes_left:.0f} min left", flush=True)
        with self.log.open("a", newline="") as file:
            csv.writer(file).writerow([done, done * self.plan.batch, f"{mean:.5f}", f"{images:.1f}", f"{time.process_time():.0f}"])
