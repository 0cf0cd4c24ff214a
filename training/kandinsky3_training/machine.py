"""What the machine has: a CUDA device with bf16, or one process a core on a CPU."""

import os
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

import torch


@dataclass(frozen=True)
class Machine:
    """`workers` is the number of training processes, `cores` that of processes for work on the CPU."""

    device: torch.device
    workers: int
    cores: int

    def autocast(self) -> AbstractContextManager[object]:
        """bf16 on a GPU. On a CPU f32: without AVX-512 BF16 half precision is hundreds of times slower there."""
        if self.device.type == "cuda":
            return torch.autocast("cuda", torch.bfloat16)
        return nullcontext()


def this_machine(workers: int | None = None) -> Machine:
    """`workers` bounds the processes on the CPU; a GPU is trained on by one."""
    torch.set_num_threads(1)  # before anything is computed: processes are forked, and a fork does not inherit threads
    torch.set_flush_denormal(True)
    cores = workers or len(os.sched_getaffinity(0))
    if torch.cuda.is_available():
        return Machine(torch.device("cuda"), 1, cores)
    return Machine(torch.device("cpu"), cores, cores)
