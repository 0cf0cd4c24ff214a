"""One training loop for every stage: several one-thread processes on a CPU, or one process on a GPU, over the same weights.

PyTorch's own threads meet at a barrier after every small operator, so a second thread buys a small network little and a busy machine
stops both. Here each core has a process of its own instead. Weights, Adam's moments and the moving average lie in shared memory; a
process computes its gradient without waiting for the others and takes a lock only to apply it (Recht et al. 2011, "Hogwild!", with a
lock). The randomness of a step comes from its number alone, so that a run that was killed goes on with the same batches.
"""

import csv
import os
import time
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor, multiprocessing, nn

from .atomic import save_whole
from .errors import TrainingError
from .machine import Machine
from .plan import Plan

LossOf = Callable[[int], Tensor]
"""The mean loss of the batch of one step, given the step's number."""

LOG_EVERY = 25
SAVE_EVERY = 200
CLIP = 1.0


class Training:
    """Weights under training with what goes with them: optimizer, moving average, the number of the next step."""

    def __init__(self, module: nn.Module, plan: Plan, folder: Path, machine: Machine) -> None:
        self.module = module
        self.plan = plan
        self.folder = folder
        self.machine = machine
        self.parameters = [parameter for parameter in module.parameters() if parameter.requires_grad]
        self.average = [parameter.detach().clone() for parameter in self.parameters]
        self.optimizer = torch.optim.AdamW(self.parameters, lr=plan.learning_rate, betas=(0.9, 0.99), weight_decay=1e-3, fused=True)
        for parameter in self.parameters:
            self.optimizer.state[parameter] = {
                "step": torch.zeros((), device=parameter.device),
                "exp_avg": torch.zeros_like(parameter),
                "exp_avg_sq": torch.zeros_like(parameter),
            }
        self.started = torch.zeros((), dtype=torch.int64)
        self.finished = torch.zeros((), dtype=torch.int64)
        folder.mkdir(parents=True, exist_ok=True)
        if self.checkpoint.exists():
            self.restore()

    @property
    def checkpoint(self) -> Path:
        return self.folder / "checkpoint.pt"

    def restore(self) -> None:
        saved = torch.load(self.checkpoint, map_location=self.parameters[0].device, weights_only=True)
        self.module.load_state_dict(saved["module"])
        for average, value in zip(self.average, saved["average"], strict=True):
            average.copy_(value)
        for parameter, state in zip(self.parameters, saved["optimizer"], strict=True):
            for name, value in state.items():
                self.optimizer.state[parameter][name].copy_(value)
        self.started.fill_(saved["step"])
        self.finished.fill_(saved["step"])

    def save(self) -> None:
        state = {
            "module": self.module.state_dict(),
            "average": self.average,
            "optimizer": [self.optimizer.state[parameter] for parameter in self.parameters],
            "step": int(self.finished),
        }
        save_whole(state, self.checkpoint)

    def run(self, loss_of: LossOf) -> None:
        """Trains to the end of the plan, then leaves the moving average in the module."""
        if self.machine.workers == 1:
            self.work(loss_of, multiprocessing.get_context("fork").Lock())
        else:
            self.run_processes(loss_of)
        with torch.no_grad():
            torch._foreach_copy_(self.parameters, self.average)

    def run_processes(self, loss_of: LossOf) -> None:
        context = multiprocessing.get_context("fork")
        shared = [*self.module.parameters(), *self.module.buffers(), *self.average, self.started, self.finished]
        for tensor in (*shared, *(value for state in self.optimizer.state.values() for value in state.values())):
            tensor.share_memory_()
        lock = context.Lock()
        processes = [context.Process(target=self.work, args=(loss_of, lock), daemon=True) for _ in range(self.machine.workers)]
        for process in processes:
            process.start()
        for process in processes:
            process.join()
        failed = [process.exitcode for process in processes if process.exitcode != 0]
        if failed:
            raise TrainingError(f"{self.folder}: training processes ended with exit codes {failed}, expected 0")

    def work(self, loss_of: LossOf, lock: "multiprocessing.Lock") -> None:
        parent = os.getppid()
        pace = Pace(self.plan, self.folder)
        while True:
            with lock:
                step = int(self.started)
                if step >= self.plan.steps or (self.machine.workers > 1 and os.getppid() != parent):
                    return
                self.started.add_(1)
            torch.manual_seed(self.plan.seed * 1_000_003 + step)
            with self.machine.autocast():
                loss = loss_of(step)
            if not torch.isfinite(loss):
                raise TrainingError(f"{self.folder}: the loss of step {step} is {float(loss.detach())}, expected a finite number")
            for parameter in self.parameters:
                parameter.grad = None
            loss.backward()
            nn.utils.clip_grad_norm_(self.parameters, CLIP)
            with lock:
                self.apply(step)
                pace.record(int(self.finished), float(loss.detach()))

    def apply(self, step: int) -> None:
        for group in self.optimizer.param_groups:
            group["lr"] = self.plan.rate(step)
        self.optimizer.step()
        self.finished.add_(1)
        done = int(self.finished)
        decay = min(self.plan.average, done / (done + 20))
        with torch.no_grad():
            torch._foreach_lerp_(self.average, [parameter.detach() for parameter in self.parameters], 1 - decay)
        if done % SAVE_EVERY == 0 or done == self.plan.steps:
            self.save()


class Pace:
    """Says every so often how training goes, on standard output and in log.csv: loss, images a second, minutes left at that pace."""

    def __init__(self, plan: Plan, folder: Path) -> None:
        self.plan = plan
        self.log = folder / "log.csv"
        self.losses: list[float] = []
        self.since: tuple[int, float] | None = None

    def record(self, done: int, loss: float) -> None:
        self.losses.append(loss)
        if self.since is None:
            self.since = (done, time.monotonic())
        if done % LOG_EVERY != 0 or done == self.since[0]:
            return
        steps, seconds = done - self.since[0], time.monotonic() - self.since[1]
        mean, per_second = sum(self.losses) / len(self.losses), steps / seconds
        self.losses, self.since = [], (done, time.monotonic())
        minutes_left = (self.plan.steps - done) / per_second / 60
        images = per_second * self.plan.batch
        print(f"step {done}/{self.plan.steps}  loss {mean:.4f}  {images:.1f} images/s  {minutes_left:.0f} min left", flush=True)
        with self.log.open("a", newline="") as file:
            csv.writer(file).writerow([done, done * self.plan.batch, f"{mean:.5f}", f"{images:.1f}", f"{time.process_time():.0f}"])
