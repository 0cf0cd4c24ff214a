"""The training loop of a CPU: several one-thread processes over the same weights.

PyTorch's own threads meet at a barrier after every small operator, so a second thread buys a small network little and a busy machine
stops both. Here each core has a process of its own instead. Weights, Adam's moments and the moving average lie in shared memory; a
process computes its gradient without waiting for the others and takes a lock only to apply it (Recht et al. 2011, "Hogwild!", with a
lock). The randomness of a step comes from its number alone, so that a run that was killed goes on with the same batches.
"""

import os
from pathlib import Path

import torch
from torch import multiprocessing, nn

from .atomic import save_whole
from .errors import TrainingError
from .machine import Machine
from .objective import Objective
from .pace import Pace
from .plan import Plan
from .update import CLIP, adamw, check_finite


class Training:
    """Weights under training with what goes with them: optimizer, moving average, the number of the next step."""

    def __init__(self, module: nn.Module, plan: Plan, folder: Path, machine: Machine) -> None:
        self.module = module
        self.plan = plan
        self.folder = folder
        self.machine = machine
        self.parameters = [parameter for parameter in module.parameters() if parameter.requires_grad]
        self.average = [parameter.detach().clone() for parameter in self.parameters]
        self.optimizer = adamw(self.parameters, plan)
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
        check_finite(self.average, self.folder, int(self.finished))
        state = {
            "module": self.module.state_dict(),
            "average": self.average,
            "optimizer": [self.optimizer.state[parameter] for parameter in self.parameters],
            "step": int(self.finished),
        }
        save_whole(state, self.checkpoint)

    def run(self, objective: Objective) -> None:
        """Trains to the end of the plan, then leaves the moving average in the module."""
        if self.machine.workers == 1:
            self.work(objective, multiprocessing.get_context("fork").Lock())
        else:
            self.run_processes(objective)
        with torch.no_grad():
            torch._foreach_copy_(self.parameters, self.average)

    def run_processes(self, objective: Objective) -> None:
        context = multiprocessing.get_context("fork")
        shared = [*self.module.parameters(), *self.module.buffers(), *self.average, self.started, self.finished]
        for tensor in (*shared, *(value for state in self.optimizer.state.values() for value in state.values())):
            tensor.share_memory_()
        lock = context.Lock()
        processes = [context.Process(target=self.work, args=(objective, lock), daemon=True) for _ in range(self.machine.workers)]
        for process in processes:
            process.start()
        for process in processes:
            process.join()
        failed = [process.exitcode for process in processes if process.exitcode != 0]
        if failed:
            raise TrainingError(f"{self.folder}: training processes ended with exit codes {failed}, expected 0")

    def work(self, objective: Objective, lock: "multiprocessing.Lock") -> None:
        parent = os.getppid()
        pace = Pace(self.plan, self.folder)
        while True:
            with lock:
                step = int(self.started)
                if step >= self.plan.steps or (self.machine.workers > 1 and os.getppid() != parent):
                    return
                self.started.add_(1)
            torch.manual_seed(self.plan.seed * 1_000_003 + step)
            loss = objective.loss(objective.variant(step))
            for parameter in self.parameters:
                parameter.grad = None
            loss.backward()
            nn.utils.clip_grad_norm_(self.parameters, CLIP)
            with lock:
                self.apply(step)
                pace.record(int(self.finished), loss.detach())

    def apply(self, step: int) -> None:
        for group in self.optimizer.param_groups:
            group["lr"] = self.plan.rate(step)
        self.optimizer.step()
        self.finished.add_(1)
        done = int(self.finished)
        with torch.no_grad():
            torch._foreach_lerp_(self.average, [parameter.detach() for parameter in self.parameters], 1 - self.plan.keeps(done))
        if self.plan.saves(done):
            self.save()
