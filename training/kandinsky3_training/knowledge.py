"""What the model knows, as the list of words that travels with it: a front end can say what else a prompt asks for."""

from .shapes import SHAPES
from .vocabulary import COLOURS, PLACES, SETTINGS

WORDS_FILE = "known_words.json"

GRAMMAR = ("a", "an", "small", "and", "next to", "left of", "right of", "above", "below", "on", "background")
"""What captions say beside objects, colours, places and landscapes (scenes.py)."""


def known_words() -> list[str]:
    """Every word of every caption, in the order of the alphabet."""
    phrases = (*SHAPES, *COLOURS, *PLACES, *SETTINGS, *GRAMMAR)
    return sorted({word for phrase in phrases for word in phrase.split()})
