"""Samples to look at, beside what they ought to be."""

from pathlib import Path

import numpy

from .evaluation import composite, paint_prompts, paint_repaints, repaints
from .pictures import drawings
from .prompts import evaluation_prompts
from .sampling import Painter, Settings
from .scenes import draw
from .sheets import beside, save_sheet

COUNT = 32


def text_to_image_samples(painter: Painter, settings: Settings, path: Path, workers: int) -> None:
    """Real scenes, each with the picture that its caption gave to its right."""
    prompts = evaluation_prompts(every=9)[:COUNT]
    drawn = drawings([prompt.scene for prompt in prompts])
    save_sheet(path, beside(list(drawn.numpy()), paint_prompts(painter, prompts, settings, workers)))


def inpainting_samples(painter: Painter, settings: Settings, path: Path, workers: int) -> None:
    """Masked scenes, each with the finished picture to its right."""
    cases = repaints(COUNT)
    masked = [numpy.where(case.mask[..., None] > 0, numpy.uint8(128), numpy.asarray(draw(case.before))) for case in cases]
    finished = [composite(case, raw) for case, raw in zip(cases, paint_repaints(painter, cases, settings, workers), strict=True)]
    save_sheet(path, beside(masked, finished))
