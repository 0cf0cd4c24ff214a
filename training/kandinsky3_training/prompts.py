"""The prompts of the evaluation: scenes that a picture is asked for, the same ones for every model that is compared."""

import random
from dataclasses import dataclass

from .scenes import Layout, Scene, caption, random_scene

SEED = 2024
GROUPS: tuple[tuple[str, Layout, int], ...] = (
    ("one object", "single", 70),
    ("one object in a place", "placed", 70),
    ("two objects", "side by side", 65),
    ("two objects", "stacked", 35),
    ("unseen pair", "single", 30),
    ("unseen pair", "placed", 30),
)
UNSEEN = "unseen pair"


@dataclass(frozen=True)
class Prompt:
    number: int
    group: str
    scene: Scene
    text: str


def evaluation_prompts(every: int = 1) -> list[Prompt]:
    """All 300, or every so many of each group's for a quicker look."""
    rng = random.Random(SEED)
    prompts: list[Prompt] = []
    for group, layout, count in GROUPS:
        for _ in range(count):
            scene = random_scene(rng, held_out=group == UNSEEN, layout=layout)
            prompts.append(Prompt(len(prompts), group, scene, caption(scene, rng, background_named=1)))
    return prompts[::every]
