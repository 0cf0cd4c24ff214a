"""What a stage learns by."""

from typing import Protocol

from torch import Tensor


class Objective(Protocol):
    """The loss of a step comes in a few variants, such as the length of its captions: a GPU prepares each of them once, as a graph of
    kernels. Inside a variant every random number is drawn on the device, and no shape depends on one."""

    def variant(self, step: int) -> int:
        """Which one a step has; random, from torch's state on the CPU, or by the step's number."""
        ...

    def loss(self, variant: int) -> Tensor:
        """The mean loss of a new random batch."""
        ...
