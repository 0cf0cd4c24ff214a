"""Scores: how often the judge reads in a picture what its prompt asked for."""

from collections.abc import Callable, Iterable, Sequence

from .errors import TrainingError
from .prompts import UNSEEN, Prompt
from .reading import Reading

Scores = dict[str, float]

ONE_OBJECT = ("one object", "one object in a place")


def score(prompts: Sequence[Prompt], readings: Sequence[Reading]) -> Scores:
    """Shares in 0..1. Object and colour are of prompts for one object, place is of those that name one, background and caption of all."""
    pairs = [(prompt, Reading.of(prompt.scene), reading) for prompt, reading in zip(prompts, readings, strict=True)]

    def rate(groups: Sequence[str] | None, right: Callable[[Reading, Reading], bool]) -> float:
        return share(right(asked, read) for prompt, asked, read in pairs if groups is None or prompt.group in groups)

    return {
        "object": rate(ONE_OBJECT, lambda asked, read: asked.shape == read.shape),
        "colour": rate(ONE_OBJECT, lambda asked, read: asked.colour == read.colour),
        "place": rate(ONE_OBJECT[1:], lambda asked, read: asked.position == read.position),
        "background": rate(None, lambda asked, read: asked.background == read.background),
        "both objects": rate(("two objects",), same_shapes),
        "both objects and their colours": rate(("two objects",), lambda asked, read: same_shapes(asked, read) and same_colours(asked, read)),
        "unseen pair": rate((UNSEEN,), lambda asked, read: same_shapes(asked, read) and same_colours(asked, read)),
        "whole caption": rate(None, lambda asked, read: asked == read),
    }


def same_shapes(asked: Reading, read: Reading) -> bool:
    return (asked.shape, asked.second_shape) == (read.shape, read.second_shape)


def same_colours(asked: Reading, read: Reading) -> bool:
    return (asked.colour, asked.second_colour) == (read.colour, read.second_colour)


def share(answers: Iterable[bool]) -> float:
    listed = list(answers)
    if not listed:
        raise TrainingError("a score needs at least one prompt of its group, got none")
    return sum(listed) / len(listed)
