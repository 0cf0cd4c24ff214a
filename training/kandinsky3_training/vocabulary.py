"""The words that the model knows: colours, settings, places, and the pairs that training never shows.

Captions are English in a fixed grammar (captions.py). Object names are the keys of `shapes.SHAPES`.
"""

from collections.abc import Mapping

RGB = tuple[int, int, int]

COLOURS: Mapping[str, RGB] = {
    "red": (220, 50, 47),
    "orange": (245, 140, 40),
    "yellow": (250, 210, 60),
    "green": (60, 170, 80),
    "blue": (45, 110, 220),
    "light blue": (135, 200, 245),
    "purple": (140, 70, 175),
    "pink": (245, 150, 190),
    "brown": (130, 85, 55),
    "black": (28, 28, 34),
    "white": (248, 248, 248),
    "gray": (140, 145, 152),
    "turquoise": (50, 190, 180),
}

SETTINGS = ("on the grass", "on the beach", "in the snow", "at night", "at sunset")
"""Backgrounds that are a landscape; every colour is a plain background as well."""

BACKGROUNDS = (*COLOURS, *SETTINGS)

LOST_AGAINST: Mapping[str, frozenset[str]] = {
    **{colour: frozenset({colour}) for colour in COLOURS},
    **{setting: frozenset() for setting in SETTINGS},
    "on the grass": frozenset({"light blue"}),
    "on the beach": frozenset({"light blue"}),
    "in the snow": frozenset({"white"}),
    "at night": frozenset({"black"}),
}
"""Colours that cannot be told from a background; no scene asks for them."""

PLACES: Mapping[str, tuple[float, float]] = {
    "on the left": (0.27, 0.5),
    "on the right": (0.73, 0.5),
    "at the top": (0.5, 0.27),
    "at the bottom": (0.5, 0.73),
    "in the middle": (0.5, 0.5),
}
"""Where a small object's centre is, as fractions of the picture's width and height."""

HELD_OUT = frozenset(
    {("turquoise", shape) for shape in ("cat", "house", "rocket", "star", "apple", "boat", "ring", "mushroom", "tree")}
    | {(colour, "crown") for colour in ("red", "blue", "green", "purple")}
)
"""(colour, object) pairs that no training scene holds, so that evaluation can ask for what was never seen.

Version 0 of the model saw every pair of its own vocabulary. Turquoise and the crown came after it, which is why the list holds only
pairs with one of those two: it stays true for a model whose training started from version 0.
"""
