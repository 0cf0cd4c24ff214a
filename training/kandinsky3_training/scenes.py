"""Random scenes: what is in a picture, its drawing, and the caption that says so.

A scene is one object filling the picture, one small object in a named place, or two objects beside or above one another, before a
plain colour or a landscape. `random_scene` decides, `draw` paints (Pillow), `caption` writes. The three are apart so that captions
need no drawing and a judge can read the truth from the scene itself.
"""

import random
from dataclasses import dataclass
from typing import Literal

from PIL import Image, ImageDraw

from .shapes import SHAPES, Pen
from .vocabulary import BACKGROUNDS, COLOURS, HELD_OUT, LOST_AGAINST, PLACES, RGB, SETTINGS

SIDE = 128
"""Pixels of a picture's side."""

SUPERSAMPLING = 4
"""Pictures are drawn this many times larger and averaged down, for clean edges."""

Layout = Literal["single", "placed", "side by side", "stacked"]
LAYOUTS: dict[Layout, float] = {"single": 0.36, "placed": 0.22, "side by side": 0.3, "stacked": 0.12}
"""Each layout and its share of all scenes."""

SETTING_SHARE = 0.38
BACKGROUND_NAMED = 0.95
"""Share of captions that say the background; the rest leave it to the model, as short prompts do."""


@dataclass(frozen=True)
class Subject:
    """One object of a scene: its centre and side as fractions of the picture's side."""

    colour: str
    shape: str
    x: float
    y: float
    size: float

    @property
    def phrase(self) -> str:
        return with_article(f"{self.colour} {self.shape}")

    def box(self, side: int = SIDE) -> tuple[int, int, int, int]:
        """Left, top, right and bottom in pixels, clipped to the picture."""
        half = self.size / 2
        edges = (self.x - half, self.y - half, self.x + half, self.y + half)
        left, top, right, bottom = (min(side, max(0, round(side * edge))) for edge in edges)
        return (left, top, right, bottom)


@dataclass(frozen=True)
class Scene:
    """Subjects in reading order: left before right, upper before lower."""

    layout: Layout
    subjects: tuple[Subject, ...]
    background: str
    place: str | None = None


def with_article(words: str) -> str:
    return f"{'an' if words[0] in 'aeiou' else 'a'} {words}"


def random_scene(rng: random.Random, held_out: bool = False, layout: Layout | None = None) -> Scene:
    """A scene for training, or with `held_out` one whose first subject is a pair that training never shows."""
    layout = layout or rng.choices(list(LAYOUTS), weights=list(LAYOUTS.values()))[0]
    background = rng.choice(SETTINGS) if rng.random() < SETTING_SHARE else rng.choice(list(COLOURS))
    visible = [colour for colour in COLOURS if colour not in LOST_AGAINST[background]]
    if held_out:
        pairs = [pair for pair in sorted(HELD_OUT) if pair[0] in visible]
    else:
        pairs = [(colour, shape) for colour in visible for shape in SHAPES if (colour, shape) not in HELD_OUT]
    colour, shape = rng.choice(pairs)

    def near(value: float, spread: float) -> float:
        return value + rng.uniform(-spread, spread)

    if layout == "single":
        subject = Subject(colour, shape, near(0.5, 0.02), near(0.5, 0.02), near(0.74, 0.03))
        return Scene(layout, (subject,), background)
    if layout == "placed":
        place = rng.choice(list(PLACES))
        x, y = PLACES[place]
        return Scene(layout, (Subject(colour, shape, near(x, 0.02), near(y, 0.02), near(0.42, 0.02)),), background, place)
    others = [(c, s) for c in visible for s in SHAPES if c != colour and s != shape and (c, s) not in HELD_OUT]
    ordered = [(colour, shape), rng.choice(others)]
    if held_out:
        rng.shuffle(ordered)
    centres = [(0.26, 0.5), (0.74, 0.5)] if layout == "side by side" else [(0.5, 0.26), (0.5, 0.74)]
    subjects = tuple(Subject(*pair, near(x, 0.015), near(y, 0.015), 0.46) for pair, (x, y) in zip(ordered, centres, strict=True))
    return Scene(layout, subjects, background)


def caption(scene: Scene, rng: random.Random, background_named: float = BACKGROUND_NAMED) -> str:
    """One of the ways to say the scene; the background is named with the given probability."""
    first = scene.subjects[0].phrase
    if scene.layout == "single":
        what = first
    elif scene.layout == "placed":
        what = f"a small {scene.subjects[0].colour} {scene.subjects[0].shape} {scene.place}"
    else:
        second = scene.subjects[1].phrase
        ways = (
            (f"{first} and {second}", f"{first} next to {second}", f"{first} left of {second}", f"{second} right of {first}")
            if scene.layout == "side by side"
            else (f"{first} above {second}", f"{second} below {first}")
        )
        what = rng.choice(ways)
    if rng.random() >= background_named:
        return what
    return f"{what} {background_phrase(scene.background)}"


def background_phrase(background: str) -> str:
    return background if background in SETTINGS else f"on {with_article(background)} background"


def draw(scene: Scene, side: int = SIDE) -> Image.Image:
    """The picture, RGB, `side` x `side`."""
    large = side * SUPERSAMPLING
    picture = draw_background(scene.background, large)
    canvas = ImageDraw.Draw(picture)
    for subject in scene.subjects:
        pen = Pen(canvas, subject.x * large, subject.y * large, subject.size * large)
        SHAPES[subject.shape](pen, COLOURS[subject.colour])
    return picture.resize((side, side), Image.Resampling.BOX)


def draw_background(background: str, side: int) -> Image.Image:
    """A plain colour, or bands of sky, water and ground."""
    if background in COLOURS:
        return Image.new("RGB", (side, side), COLOURS[background])
    bands = BANDS[background]
    picture = Image.new("RGB", (side, side))
    canvas = ImageDraw.Draw(picture)
    for top, colour in bands:
        canvas.rectangle([0, int(side * top), side, side], fill=colour)
    if background == "at night":
        radius = side * 0.012
        for x, y in STARS:
            canvas.ellipse([x * side - radius, y * side - radius, x * side + radius, y * side + radius], fill=(255, 250, 200))
    return picture


BANDS: dict[str, tuple[tuple[float, RGB], ...]] = {
    "on the grass": ((0, (165, 215, 250)), (0.72, (110, 190, 85))),
    "on the beach": ((0, (150, 210, 248)), (0.55, (70, 155, 215)), (0.72, (240, 215, 155))),
    "in the snow": ((0, (190, 212, 238)), (0.72, (250, 252, 255))),
    "at night": ((0, (22, 24, 62)), (0.72, (38, 44, 58))),
    "at sunset": ((0, (250, 160, 95)), (0.36, (240, 115, 90)), (0.72, (80, 45, 80))),
}
"""Landscapes as bands from the top, each beginning at a fraction of the height."""

STARS = ((0.1, 0.12), (0.3, 0.06), (0.85, 0.1), (0.7, 0.22), (0.14, 0.4), (0.9, 0.42), (0.5, 0.1))

assert set(BACKGROUNDS) == set(COLOURS) | set(BANDS)
