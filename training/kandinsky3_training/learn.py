"""Training as the machine does it best."""

from pathlib import Path

from torch import nn

from .graphed import GraphedTraining
from .machine import Machine
from .objective import Objective
from .plan import Plan
from .workers import Training


def learn(module: nn.Module, objective: Objective, plan: Plan, folder: Path, machine: Machine) -> None:
    """Trains to the end of the plan, from the folder's checkpoint if there is one, and leaves the moving average in the module."""
    training = GraphedTraining if machine.has_gpu else Training
    training(module, plan, folder, machine).run(objective)
