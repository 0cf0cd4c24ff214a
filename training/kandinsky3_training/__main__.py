"""The command line: `python -m kandinsky3_training all`, or one stage by its name."""

import argparse
import sys
from pathlib import Path

from .errors import TrainingError
from .machine import this_machine
from .stages import STAGES, Run


def main() -> None:
    parser = argparse.ArgumentParser(prog="kandinsky3_training", description="Trains the small Kandinsky 3 that comes with the package.")
    parser.add_argument("stage", choices=["all", *STAGES], help="one stage, or all of them in this order")
    parser.add_argument("--work", type=Path, default=Path("work"), help="where checkpoints and results are kept (default: work)")
    parser.add_argument("--from", type=Path, dest="earlier", help="a model folder to train on from, such as models/nano")
    parser.add_argument("--steps", type=int, help="steps of the stage, instead of its own number")
    parser.add_argument("--shards", type=int, default=40, help="training scenes of the U-Nets, in shards of 250 (default: 40)")
    parser.add_argument("--workers", type=int, help="processes on a CPU (default: one a core)")
    options = parser.parse_args()
    if options.stage == "all" and options.steps is not None:
        parser.error("--steps is the number of one stage, expected with a stage's name, got it with all")
    run = Run(options.work, this_machine(options.workers), options.earlier, options.steps, options.shards)
    for name in STAGES if options.stage == "all" else [options.stage]:
        print(f"== {name}", flush=True)
        try:
            STAGES[name](run)
        except TrainingError as error:
            sys.exit(f"error: {name}: {error}")


if __name__ == "__main__":
    main()
