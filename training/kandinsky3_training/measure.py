"""The evaluation: sweeps the settings on some prompts, then measures everything with the best of them, and leaves sheets to look at."""

import hashlib
import random
from collections.abc import Callable
from pathlib import Path

from .card import SWEPT
from .evaluation import (
    UNSEEN_SEED,
    inpainting,
    judge_on_drawings,
    load_painter,
    reconstruction,
    repaints,
    text_to_image,
)
from .files import read_json, write_json
from .first_step import first_step_error
from .judge import Judge
from .machine import Machine
from .pictures import drawings
from .prompts import evaluation_prompts
from .samples import inpainting_samples, text_to_image_samples
from .sampling import Painter, Settings
from .scenes import random_scene
from .scoring import Scores

SWEEP = ((25, 1.0), (25, 1.2), (25, 1.5), (25, 2.0), (25, 3.0), (15, 1.5), (50, 1.5))
"""Steps and guidance scales from which the defaults are chosen; 1 is no guidance."""

SWEEP_EVERY = 5
"""The sweep paints every fifth prompt."""

RECONSTRUCTED = 200
LISTENED = 64


class Results:
    """Figures by name, written after each, so that an evaluation that was killed goes on with the next; another model starts anew."""

    def __init__(self, path: Path, model: Path) -> None:
        self.path = path
        self.model = digest(model)
        self.figures: dict[str, Scores] = {}
        if path.exists():
            earlier = read_json(path)
            if earlier["model"] == self.model:
                self.figures = earlier["figures"]

    def measured(self, name: str, how: Callable[[], Scores]) -> Scores:
        if name not in self.figures:
            self.figures[name] = how()
            write_json(self.path, {"model": self.model, "figures": self.figures})
            print(f"{name}: " + ", ".join(f"{key} {value:.3f}" for key, value in self.figures[name].items()), flush=True)
        return self.figures[name]


def digest(model: Path) -> str:
    """SHA-256 of all weights of a model folder."""
    sum_of = hashlib.sha256()
    for weights in sorted(model.rglob("*.safetensors")):
        sum_of.update(weights.read_bytes())
    return sum_of.hexdigest()


def measure(model: Path, judge: Judge, folder: Path, machine: Machine) -> None:
    """Fills figures.json in the folder."""
    results = Results(folder / "figures.json", model)
    workers = machine.workers
    results.measured("judge", lambda: judge_on_drawings(judge))
    results.measured("reconstruction", lambda: {"psnr": reconstruction(model, RECONSTRUCTED, machine.without_gpu())})
    results.measured("first step", lambda: listening(load_painter(model, machine.without_gpu())))
    painter = load_painter(model, machine)
    settings = best_settings(painter, judge, results, workers)
    results.measured("defaults", lambda: {"steps": settings.steps, "guidance": settings.guidance})
    results.measured("text to image", lambda: text_to_image(painter, judge, evaluation_prompts(), settings, workers))
    text_to_image_samples(painter, settings, folder / "text-to-image.png", workers)
    inpainter = load_painter(model, machine, "unet_inpainting")
    results.measured("inpainting", lambda: inpainting(inpainter, judge, repaints(), settings, workers))
    inpainting_samples(inpainter, settings, folder / "inpainting.png", workers)


def listening(painter: Painter) -> Scores:
    rng = random.Random(UNSEEN_SEED)
    scenes = [random_scene(rng) for _ in range(LISTENED)]
    latents = painter.encode(drawings(scenes))
    return first_step_error(painter.denoiser, painter.tokenizer, scenes, latents)


def best_settings(painter: Painter, judge: Judge, results: Results, workers: int) -> Settings:
    """Of the sweep, the settings with most whole captions right; of equal ones the first, which is the cheaper."""
    prompts = evaluation_prompts(every=SWEEP_EVERY)

    def whole_captions(settings: Settings) -> float:
        name = f"{SWEPT}{settings.steps} steps, guidance scale {settings.guidance:g}"
        return results.measured(name, lambda: text_to_image(painter, judge, prompts, settings, workers))["whole caption"]

    return max((Settings(steps, guidance) for steps, guidance in SWEEP), key=whole_captions)
