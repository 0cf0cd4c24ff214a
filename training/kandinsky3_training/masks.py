"""Masks for inpainting and the captions that go with them. A mask is [128, 128] of float32, 1 where the picture is to be repainted."""

import random

import numpy

from .scenes import SIDE, Scene, caption

AROUND_SUBJECT = 0.65
WHOLE_PICTURE = 0.05
"""Shares of masks around one object and over everything; the rest are rectangles and ellipses anywhere."""

SUBJECT_ONLY = 0.5
"""Share of masks around an object whose caption names that object alone, as people do."""


def random_mask(scene: Scene, rng: random.Random) -> tuple[numpy.ndarray, str]:
    """A mask and a caption that says what is under it."""
    kind = rng.random()
    if kind < AROUND_SUBJECT:
        subject = rng.choice(scene.subjects)
        words = subject.phrase if rng.random() < SUBJECT_ONLY else caption(scene, rng)
        return box_mask(subject.box(), margin=rng.randrange(2, 14)), words
    if kind < AROUND_SUBJECT + WHOLE_PICTURE:
        return numpy.ones((SIDE, SIDE), numpy.float32), caption(scene, rng)
    width, height = rng.randrange(24, 100), rng.randrange(24, 100)
    left, top = rng.randrange(SIDE - width), rng.randrange(SIDE - height)
    box = (left, top, left + width, top + height)
    mask = box_mask(box, margin=0) if rng.random() < 0.5 else ellipse_mask(box)
    return mask, caption(scene, rng)


def box_mask(box: tuple[int, int, int, int], margin: int) -> numpy.ndarray:
    left, top, right, bottom = box
    mask = numpy.zeros((SIDE, SIDE), numpy.float32)
    mask[max(0, top - margin) : bottom + margin, max(0, left - margin) : right + margin] = 1
    return mask


def ellipse_mask(box: tuple[int, int, int, int]) -> numpy.ndarray:
    left, top, right, bottom = box
    rows, columns = numpy.mgrid[:SIDE, :SIDE]
    across = (columns + 0.5 - (left + right) / 2) / ((right - left) / 2)
    down = (rows + 0.5 - (top + bottom) / 2) / ((bottom - top) / 2)
    return (across**2 + down**2 < 1).astype(numpy.float32)
