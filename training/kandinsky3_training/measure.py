"""The evaluation: sweeps the settings on some prompts, then measures everything with the best of them, and leaves sheets to look at."""

from collections.abc import Callable
from pathlib import Path

import numpy

from .card import SWEPT
from .evaluation import (
    composite,
    inpainting,
    judge_on_drawings,
    load_painter,
    paint_prompts,
    paint_repaints,
    reconstruction,
    repaints,
    text_to_image,
)
from .files import read_json, write_json
from .judge import Judge
from .prompts import evaluation_prompts
from .sampling import Painter, Settings
from .scenes import draw
from .scoring import Scores
from .sheets import beside, save_sheet

SWEEP = ((25, 1.0), (25, 1.5), (25, 2.0), (25, 3.0), (15, 2.0), (50, 2.0))
"""Steps and guidance scales from which the defaults are chosen; 1 is no guidance."""

SWEEP_EVERY = 5
"""The sweep paints every fifth prompt."""

RECONSTRUCTED = 200


class Results:
    """Figures by name, written after each, so that an evaluation that was killed goes on with the next."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.figures: dict[str, Scores] = read_json(path) if path.exists() else {}

    def measured(self, name: str, how: Callable[[], Scores]) -> Scores:
        if name not in self.figures:
            self.figures[name] = how()
            write_json(self.path, self.figures)
            print(f"{name}: " + ", ".join(f"{key} {value:.3f}" for key, value in self.figures[name].items()), flush=True)
        return self.figures[name]


def measure(model: Path, judge: Judge, folder: Path, workers: int) -> None:
    """Fills figures.json in the folder."""
    results = Results(folder / "figures.json")
    results.measured("judge", lambda: judge_on_drawings(judge))
    results.measured("reconstruction", lambda: {"psnr": reconstruction(model, RECONSTRUCTED, workers)})
    painter = load_painter(model)
    settings = best_settings(painter, judge, results, workers)
    results.measured("defaults", lambda: {"steps": settings.steps, "guidance": settings.guidance})
    results.measured("text to image", lambda: text_to_image(painter, judge, evaluation_prompts(), settings, workers))
    text_to_image_sheet(painter, settings, folder / "text-to-image.png", workers)
    inpainter = load_painter(model, "unet_inpainting")
    results.measured("inpainting", lambda: inpainting(inpainter, judge, repaints(), settings, workers))
    inpainting_sheet(inpainter, settings, folder / "inpainting.png", workers)


def best_settings(painter: Painter, judge: Judge, results: Results, workers: int) -> Settings:
    """Of the sweep, the settings with most whole captions right; of equal ones the first, which is the cheaper."""
    prompts = evaluation_prompts(every=SWEEP_EVERY)

    def whole_captions(settings: Settings) -> float:
        name = f"{SWEPT}{settings.steps} steps, guidance scale {settings.guidance:g}"
        return results.measured(name, lambda: text_to_image(painter, judge, prompts, settings, workers))["whole caption"]

    return max((Settings(steps, guidance) for steps, guidance in SWEEP), key=whole_captions)


def text_to_image_sheet(painter: Painter, settings: Settings, path: Path, workers: int) -> None:
    """Real scenes, each with the picture that its caption gave to its right."""
    prompts = evaluation_prompts(every=9)[:32]
    drawn = [numpy.asarray(draw(prompt.scene)) for prompt in prompts]
    save_sheet(path, beside(drawn, paint_prompts(painter, prompts, settings, workers)))


def inpainting_sheet(painter: Painter, settings: Settings, path: Path, workers: int) -> None:
    """Masked scenes, each with the finished picture to its right."""
    cases = repaints(32)
    masked = [numpy.where(case.mask[..., None] > 0, numpy.uint8(128), numpy.asarray(draw(case.before))) for case in cases]
    finished = [composite(case, raw) for case, raw in zip(cases, paint_repaints(painter, cases, settings, workers), strict=True)]
    save_sheet(path, beside(masked, finished))
