"""Single measurements of a model folder, by the judge and in pixels. What is measured is what is published, fp16 weights included."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy
import torch

from .components import Denoiser
from .errors import TrainingError
from .inpainting import known_region
from .judge import Judge
from .machine import Machine
from .masks import box_mask
from .movq import psnr, ready_movq, reconstruct
from .parallel import in_processes
from .pictures import as_input, drawings
from .prompts import Prompt
from .reading import ATTRIBUTES, Reading
from .sampling import Painter, Settings
from .scenes import Scene, caption, draw, random_scene
from .scoring import Scores, score, share
from .shapes import SHAPES
from .text import Tokenizer
from .vocabulary import COLOURS, HELD_OUT, LOST_AGAINST

UNSEEN_SEED = 777
INPAINTING_CASES = 100
MARGIN = 8
SEAM = 3
"""Pixels inside the mask's edge where nothing but background belongs."""


def load_painter(model: Path, machine: Machine, unet: str = "unet") -> Painter:
    denoiser = Denoiser.load(model, unet).to(machine.device, memory_format=machine.layout)
    return Painter(denoiser, ready_movq(model / "movq", machine), Tokenizer(model / "tokenizer" / "spiece.model"), machine)


def judge_on_drawings(judge: Judge, count: int = 1000) -> Scores:
    """How often the judge is right about scenes that it has never seen, drawn and not generated."""
    rng = random.Random(UNSEEN_SEED)
    scenes = [random_scene(rng, held_out=number % 5 == 0) for number in range(count)]
    readings = judge.read([numpy.asarray(draw(scene)) for scene in scenes])
    pairs = [(Reading.of(scene), reading) for scene, reading in zip(scenes, readings, strict=True)]
    scores = {a: share(getattr(asked, a) == getattr(read, a) for asked, read in pairs) for a in ATTRIBUTES}
    return {**scores, "whole caption": share(asked == read for asked, read in pairs)}


def reconstruction(model: Path, count: int, machine: Machine) -> float:
    """MoVQ's mean PSNR in dB on scenes that it has never seen."""
    rng = random.Random(UNSEEN_SEED)
    pictures = drawings([random_scene(rng) for _ in range(count)])
    movq = ready_movq(model / "movq", machine)

    def measure(rows: Sequence[int]) -> list[float]:
        return psnr(as_input(pictures[rows]), reconstruct(movq, pictures[rows])).tolist()

    return float(numpy.mean(in_processes(measure, range(count), machine.workers)))


def paint_prompts(painter: Painter, prompts: Sequence[Prompt], settings: Settings, workers: int) -> list[numpy.ndarray]:
    return in_processes(lambda some: painter.paint([prompt.text for prompt in some], [prompt.number for prompt in some], settings), prompts, workers)


def text_to_image(painter: Painter, judge: Judge, prompts: Sequence[Prompt], settings: Settings, workers: int) -> Scores:
    scores = score(prompts, judge.read(paint_prompts(painter, prompts, settings, workers)))
    return {**scores, "prompts": len(prompts)}


@dataclass(frozen=True)
class Repaint:
    """One subject of a scene is to become another one."""

    number: int
    before: Scene
    after: Scene
    bare: Scene
    mask: numpy.ndarray
    text: str


def repaints(count: int = INPAINTING_CASES) -> list[Repaint]:
    rng = random.Random(UNSEEN_SEED)
    return [repaint(number, random_scene(rng), rng) for number in range(count)]


def repaint(number: int, scene: Scene, rng: random.Random) -> Repaint:
    index = rng.randrange(len(scene.subjects))
    old = scene.subjects[index]
    others = [subject for subject in scene.subjects if subject is not old]
    taken = {old.colour, *(subject.colour for subject in others)} | LOST_AGAINST[scene.background]
    shapes = {old.shape, *(subject.shape for subject in others)}
    colour = rng.choice([colour for colour in COLOURS if colour not in taken])
    shape = rng.choice([shape for shape in SHAPES if shape not in shapes and (colour, shape) not in HELD_OUT])
    new = replace(old, colour=colour, shape=shape)
    after = replace(scene, subjects=tuple(new if subject is old else subject for subject in scene.subjects))
    bare = replace(scene, subjects=tuple(others))
    text = new.phrase if rng.random() < 0.5 else caption(after, rng, background_named=1)
    return Repaint(number, scene, after, bare, box_mask(old.box(), MARGIN), text)


def inpainting(painter: Painter, judge: Judge, cases: Sequence[Repaint], settings: Settings, workers: int) -> Scores:
    """Object and colour of what was repainted, read from the composite; the seam's error in levels of 255; the kept part's PSNR as decoded."""
    raw = paint_repaints(painter, cases, settings, workers)
    composites = [composite(case, picture) for case, picture in zip(cases, raw, strict=True)]
    readings = judge.read(composites)
    asked = [Reading.of(case.after) for case in cases]
    return {
        "cases": len(cases),
        "object": share(a.shape == r.shape and a.second_shape == r.second_shape for a, r in zip(asked, readings, strict=True)),
        "colour": share(a.colour == r.colour and a.second_colour == r.second_colour for a, r in zip(asked, readings, strict=True)),
        "background": share(a.background == r.background for a, r in zip(asked, readings, strict=True)),
        "seam error": float(numpy.mean([seam_error(case, picture) for case, picture in zip(cases, composites, strict=True)])),
        "kept part": float(numpy.mean([kept_psnr(case, picture) for case, picture in zip(cases, raw, strict=True)])),
    }


def paint_repaints(painter: Painter, cases: Sequence[Repaint], settings: Settings, workers: int) -> list[numpy.ndarray]:
    def paint(some: Sequence[Repaint]) -> list[numpy.ndarray]:
        known = torch.cat([known_region(drawings([case.before]), [case.mask], painter.encode) for case in some])
        return painter.paint([case.text for case in some], [case.number for case in some], settings, known)

    return in_processes(paint, cases, workers)


def composite(case: Repaint, painted: numpy.ndarray) -> numpy.ndarray:
    return numpy.where(case.mask[..., None] > 0, painted, numpy.asarray(draw(case.before)))


def seam_error(case: Repaint, picture: numpy.ndarray) -> float:
    """Mean absolute difference from the bare background just inside the mask's edge."""
    inner = case.mask.copy()
    for _ in range(SEAM):
        shrunk = inner.copy()
        shrunk[1:] = numpy.minimum(shrunk[1:], inner[:-1])
        shrunk[:-1] = numpy.minimum(shrunk[:-1], inner[1:])
        shrunk[:, 1:] = numpy.minimum(shrunk[:, 1:], inner[:, :-1])
        shrunk[:, :-1] = numpy.minimum(shrunk[:, :-1], inner[:, 1:])
        inner = shrunk
    band = (case.mask - inner) > 0
    difference = numpy.abs(picture.astype(float) - numpy.asarray(draw(case.bare)).astype(float))
    return float(difference[band].mean())


def kept_psnr(case: Repaint, painted: numpy.ndarray) -> float:
    kept = case.mask == 0
    if not kept.any():
        raise TrainingError(f"repainting {case.number}: the mask covers the whole picture, expected a kept part")
    difference = (painted.astype(float) - numpy.asarray(draw(case.before)).astype(float))[kept] / 255
    return float(-10 * numpy.log10(numpy.square(difference).mean()))
