"""What the machine has: a CUDA device, or cores."""

import os
from dataclasses import dataclass

import torch


@dataclass(frozen=True)
class Machine:
    """`workers` is the number of processes that compute with the networks, `cores` that of processes for other work on the CPU."""

    device: torch.device
    workers: int
    cores: int

    @property
    def has_gpu(self) -> bool:
        return self.device.type == "cuda"

    def without_gpu(self) -> "Machine":
        return Machine(torch.device("cpu"), self.cores, self.cores)

    @property
    def layout(self) -> torch.memory_format:
        """Of convolutions. A GPU's group norm works on channels first, and each change of layout is a copy."""
        return torch.contiguous_format if self.has_gpu else torch.channels_last

    @property
    def encoded_at_once(self) -> int:
        """Pictures; a CPU is fastest while a batch stays in its cache."""
        return 250 if self.has_gpu else 10

    @property
    def painted_at_once(self) -> int:
        return 100 if self.has_gpu else 10


def this_machine(workers: int | None = None) -> Machine:
    """`workers` bounds the processes on the CPU; a GPU is trained on by one."""
    torch.set_num_threads(1)  # before anything is computed: processes are forked, and a fork does not inherit threads
    torch.set_flush_denormal(True)
    cores = workers or len(os.sched_getaffinity(0))
    if torch.cuda.is_available():
        torch.backends.cuda.matmul.allow_tf32 = True
        return Machine(torch.device("cuda"), 1, cores)
    return Machine(torch.device("cpu"), cores, cores)
