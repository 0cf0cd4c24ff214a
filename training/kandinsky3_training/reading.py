"""What a judge reads in a picture, and what it ought to read in the picture of a scene."""

from dataclasses import dataclass, fields

from .scenes import Scene
from .shapes import SHAPES
from .vocabulary import BACKGROUNDS, COLOURS, PLACES

NOTHING = "nothing"


@dataclass(frozen=True)
class Reading:
    """What is in a picture. Of two objects the first is the left or the upper one."""

    position: str
    background: str
    colour: str
    shape: str
    second_colour: str
    second_shape: str

    @staticmethod
    def of(scene: Scene) -> "Reading":
        first, *rest = scene.subjects
        second = rest[0] if rest else None
        return Reading(
            position=scene.place or scene.layout,
            background=scene.background,
            colour=first.colour,
            shape=first.shape,
            second_colour=second.colour if second else NOTHING,
            second_shape=second.shape if second else NOTHING,
        )


CLASSES: dict[str, tuple[str, ...]] = {
    "position": ("single", *PLACES, "side by side", "stacked"),
    "background": BACKGROUNDS,
    "colour": tuple(COLOURS),
    "shape": tuple(SHAPES),
    "second_colour": (*COLOURS, NOTHING),
    "second_shape": (*SHAPES, NOTHING),
}
ATTRIBUTES = tuple(field.name for field in fields(Reading))
