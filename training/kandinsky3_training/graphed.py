"""The training loop of a GPU: gradients in bf16, each variant of the loss recorded once as a CUDA graph and replayed after that.

Our networks are small: of single operators a GPU waits ten times longer for the next one than it computes. All weights lie in one tensor
of bf16, which the module's parameters are views of, and the gradients in another. The optimizer works on one float32 copy of the weights
(Micikevicius et al. 2018), so that a whole update is a handful of operations, whatever the number of layers.
"""

from pathlib import Path

import torch
from torch import Tensor, nn

from .atomic import save_whole
from .machine import Machine
from .objective import Objective
from .pace import Pace
from .plan import Plan
from .update import CLIP, adamw, check_finite

WARM_UP = 2
"""Runs of a variant before it is recorded: libraries choose their kernels then."""


class GraphedTraining:
    """Weights under training with what goes with them; the module computes in bf16 until the end."""

    def __init__(self, module: nn.Module, plan: Plan, folder: Path, machine: Machine) -> None:
        self.module, self.plan, self.folder, self.device = module, plan, folder, machine.device
        self.parameters = [parameter for parameter in module.parameters() if parameter.requires_grad]
        self.weights = nn.Parameter(torch.cat([parameter.detach().float().flatten() for parameter in self.parameters]))
        self.average = self.weights.detach().clone()
        module.to(torch.bfloat16)
        self.working = self.weights.detach().bfloat16()
        self.gradient = torch.zeros_like(self.working)
        self.gradients = self.views(self.gradient)
        for parameter, view in zip(self.parameters, self.views(self.working), strict=True):
            parameter.data = view
        self.optimizer = adamw([self.weights], plan)
        self.finished = 0
        self.graphs: dict[int, tuple[torch.cuda.CUDAGraph, Tensor]] = {}
        self.pool: tuple[int, int] | None = None
        folder.mkdir(parents=True, exist_ok=True)
        if self.checkpoint.exists():
            self.restore()

    def views(self, flat: Tensor) -> list[Tensor]:
        """The parameters' parts of a tensor that holds one value for each weight."""
        parts = flat.split([parameter.numel() for parameter in self.parameters])
        return [part.view(parameter.shape) for part, parameter in zip(parts, self.parameters, strict=True)]

    @property
    def checkpoint(self) -> Path:
        return self.folder / "checkpoint.pt"

    def restore(self) -> None:
        saved = torch.load(self.checkpoint, map_location=self.device, weights_only=True)
        with torch.no_grad():
            self.weights.copy_(saved["weights"])
            self.average.copy_(saved["average"])
            self.working.copy_(self.weights)
        self.optimizer.load_state_dict(saved["optimizer"])
        self.finished = saved["step"]

    def save(self) -> None:
        check_finite([self.average], self.folder, self.finished)
        state = {"weights": self.weights.detach(), "average": self.average, "optimizer": self.optimizer.state_dict(), "step": self.finished}
        save_whole(state, self.checkpoint)

    def run(self, objective: Objective) -> None:
        """Trains to the end of the plan, then leaves the moving average in the module, in float32."""
        torch.manual_seed(self.plan.seed * 1_000_003 + self.finished)
        pace = Pace(self.plan, self.folder)
        while self.finished < self.plan.steps:
            loss = self.backward(objective, objective.variant(self.finished))
            self.update()
            self.finished += 1
            pace.record(self.finished, loss)
            if self.plan.saves(self.finished):
                self.save()
        self.graphs.clear()
        self.module.float()
        for parameter, view in zip(self.parameters, self.views(self.average), strict=True):
            parameter.data = view.clone()

    def backward(self, objective: Objective, variant: int) -> Tensor:
        """Fills the gradient; returns the loss. Only a GPU has graphs; tests run the rest of this loop without one."""
        if self.device.type != "cuda":
            return self.differentiate(objective, variant)
        if variant not in self.graphs:
            self.graphs[variant] = self.recorded(objective, variant)
        graph, loss = self.graphs[variant]
        graph.replay()
        return loss.clone()

    def recorded(self, objective: Objective, variant: int) -> tuple[torch.cuda.CUDAGraph, Tensor]:
        here, aside = torch.cuda.current_stream(), torch.cuda.Stream()
        aside.wait_stream(here)
        with torch.cuda.stream(aside):
            for _ in range(WARM_UP):
                self.differentiate(objective, variant)
        here.wait_stream(aside)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph, pool=self.pool):
            loss = self.differentiate(objective, variant)
        self.pool = graph.pool()
        return graph, loss

    def differentiate(self, objective: Objective, variant: int) -> Tensor:
        loss = objective.loss(variant)
        torch._foreach_copy_(self.gradients, torch.autograd.grad(loss, self.parameters))
        return loss.detach()

    def update(self) -> None:
        """Nothing here waits for the GPU."""
        gradient = self.gradient.float()
        self.weights.grad = gradient * (CLIP / (gradient.norm() + 1e-6)).clamp(max=1.0)
        for group in self.optimizer.param_groups:
            group["lr"] = self.plan.rate(self.finished)
        self.optimizer.step()
        with torch.no_grad():
            self.working.copy_(self.weights)
            self.average.lerp_(self.weights, 1 - self.plan.keeps(self.finished + 1))
