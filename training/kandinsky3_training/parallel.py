"""Work split over one-thread processes, results in the order of the items."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from torch import multiprocessing

from .errors import TrainingError

Item = TypeVar("Item")
Result = TypeVar("Result")


def in_processes(function: Callable[[Sequence[Item]], list[Result]], items: Sequence[Item], workers: int) -> list[Result]:
    """`function` of every item; it gets the items in `workers` shares, each in a process of its own.

    Processes are forked, so the function may close over models and data, which are then shared and not copied.
    """
    if workers == 1 or len(items) < 2:
        return function(items)
    context = multiprocessing.get_context("fork")
    shares = [items[rank::workers] for rank in range(workers)]
    pipes = [context.Pipe(duplex=False) for _ in shares]
    processes = [
        context.Process(target=lambda share=share, sender=sender: sender.send(function(share)), daemon=True)
        for share, (_, sender) in zip(shares, pipes, strict=True)
    ]
    for process, (_, sender) in zip(processes, pipes, strict=True):
        process.start()
        sender.close()  # the child's copy stays open; when the child dies, reading ends instead of waiting for ever
    results: list[list[Result]] = []
    for rank, (receiver, _) in enumerate(pipes):
        try:
            results.append(receiver.recv())
        except EOFError:
            raise TrainingError(f"process {rank} of {workers} ended before it had its {len(shares[rank])} results ready") from None
    for process in processes:
        process.join()
    return [results[index % workers][index // workers] for index in range(len(items))]
