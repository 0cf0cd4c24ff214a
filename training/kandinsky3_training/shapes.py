"""Flat-colour drawings of the objects, each one function of a pen and a colour.

A drawing lives in a box of side 1 centred on the origin, y down; the pen maps that box to pixels.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from PIL import ImageDraw

from .vocabulary import COLOURS, RGB

Point = tuple[float, float]

WOOD: RGB = (115, 75, 45)
NEARLY_BLACK: RGB = (20, 20, 20)
PURE_WHITE: RGB = (255, 255, 255)
GLASS: RGB = (200, 230, 250)


@dataclass(frozen=True)
class Pen:
    """Draws in the unit box whose centre is at pixel (x, y) and whose side is `size` pixels."""

    canvas: ImageDraw.ImageDraw
    x: float
    y: float
    size: float

    def at(self, x: float, y: float) -> Point:
        return (self.x + x * self.size, self.y + y * self.size)

    def polygon(self, points: Sequence[Point], colour: RGB) -> None:
        self.canvas.polygon([self.at(*point) for point in points], fill=colour)

    def ellipse(self, x: float, y: float, radius_x: float, radius_y: float, colour: RGB) -> None:
        self.canvas.ellipse([*self.at(x - radius_x, y - radius_y), *self.at(x + radius_x, y + radius_y)], fill=colour)

    def disc(self, x: float, y: float, radius: float, colour: RGB) -> None:
        self.ellipse(x, y, radius, radius, colour)

    def rectangle(self, left: float, top: float, right: float, bottom: float, colour: RGB) -> None:
        self.canvas.rectangle([*self.at(left, top), *self.at(right, bottom)], fill=colour)

    def line(self, points: Sequence[Point], width: float, colour: RGB) -> None:
        self.canvas.line([self.at(*point) for point in points], fill=colour, width=max(1, int(width * self.size)), joint="curve")

    def upper_half_disc(self, x: float, y: float, radius: float, colour: RGB) -> None:
        self.canvas.pieslice([*self.at(x - radius, y - radius), *self.at(x + radius, y + radius)], 180, 360, fill=colour)

    def annulus(self, radius: float, width: float, colour: RGB) -> None:
        self.canvas.ellipse([*self.at(-radius, -radius), *self.at(radius, radius)], outline=colour, width=int(width * self.size))


def shade(colour: RGB, factor: float) -> RGB:
    """Darker for a factor below 1, towards white above it."""
    if factor <= 1:
        red, green, blue = (int(value * factor) for value in colour)
    else:
        red, green, blue = (min(255, int(value + (255 - value) * (factor - 1))) for value in colour)
    return (red, green, blue)


def on_circle(radius: float, degrees: float) -> Point:
    return (radius * math.cos(math.radians(degrees)), radius * math.sin(math.radians(degrees)))


def is_dark(colour: RGB) -> bool:
    return sum(colour) <= 180


def circle(pen: Pen, colour: RGB) -> None:
    pen.disc(0, 0, 0.46, colour)


def square(pen: Pen, colour: RGB) -> None:
    pen.rectangle(-0.42, -0.42, 0.42, 0.42, colour)


def triangle(pen: Pen, colour: RGB) -> None:
    pen.polygon([(0, -0.46), (0.48, 0.40), (-0.48, 0.40)], colour)


def star(pen: Pen, colour: RGB) -> None:
    pen.polygon([on_circle(0.21 if corner % 2 else 0.5, -90 + 36 * corner) for corner in range(10)], colour)


def heart(pen: Pen, colour: RGB) -> None:
    pen.disc(-0.22, -0.14, 0.25, colour)
    pen.disc(0.22, -0.14, 0.25, colour)
    pen.polygon([(-0.452, -0.04), (0.452, -0.04), (0, 0.48)], colour)


def diamond(pen: Pen, colour: RGB) -> None:
    pen.polygon([(0, -0.5), (0.36, 0), (0, 0.5), (-0.36, 0)], colour)


def ring(pen: Pen, colour: RGB) -> None:
    pen.annulus(0.47, 0.22, colour)


def moon(pen: Pen, colour: RGB) -> None:
    outer = [on_circle(0.46, degrees) for degrees in range(50, 311, 6)]
    inner = [(0.24 + x, y) for x, y in (on_circle(0.38, degrees) for degrees in range(250, 109, -6))]
    pen.polygon([*outer, (0.11, -0.357), *inner, (0.11, 0.357)], colour)


def flower(pen: Pen, colour: RGB) -> None:
    pen.line([(0, 0.1), (0, 0.5)], 0.06, (50, 140, 60))
    for petal in range(6):
        x, y = on_circle(0.22, 60 * petal)
        pen.disc(x, y - 0.14, 0.15, colour)
    pen.disc(0, -0.14, 0.13, (140, 90, 50) if colour == COLOURS["yellow"] else (250, 205, 70))


def tree(pen: Pen, colour: RGB) -> None:
    pen.rectangle(-0.07, 0.1, 0.07, 0.5, WOOD)
    pen.ellipse(0, -0.16, 0.34, 0.33, colour)


def pine_tree(pen: Pen, colour: RGB) -> None:
    pen.rectangle(-0.06, 0.3, 0.06, 0.5, WOOD)
    for top, half_width, bottom in ((-0.5, 0.24, -0.12), (-0.3, 0.32, 0.1), (-0.06, 0.38, 0.34)):
        pen.polygon([(0, top), (half_width, bottom), (-half_width, bottom)], colour)


def house(pen: Pen, colour: RGB) -> None:
    pen.rectangle(-0.36, -0.06, 0.36, 0.46, colour)
    pen.polygon([(-0.46, -0.06), (0.46, -0.06), (0, -0.48)], shade(colour, 0.6))
    pen.rectangle(-0.08, 0.16, 0.08, 0.46, shade(colour, 0.4))
    for left in (0.15, -0.29):
        pen.rectangle(left, 0.06, left + 0.14, 0.2, (255, 240, 170))


def boat(pen: Pen, colour: RGB) -> None:
    pen.polygon([(-0.46, 0.14), (0.46, 0.14), (0.28, 0.4), (-0.28, 0.4)], colour)
    pen.rectangle(-0.02, -0.44, 0.03, 0.14, (110, 75, 50))
    pen.polygon([(0.05, -0.42), (0.38, 0.06), (0.05, 0.06)], (250, 250, 250))
    pen.polygon([(-0.05, -0.3), (-0.3, 0.06), (-0.05, 0.06)], (225, 228, 235))


def fish(pen: Pen, colour: RGB) -> None:
    pen.ellipse(-0.06, 0, 0.34, 0.23, colour)
    pen.polygon([(0.2, 0), (0.48, -0.22), (0.48, 0.22)], shade(colour, 0.75))
    pen.disc(-0.24, -0.06, 0.06, PURE_WHITE)
    pen.disc(-0.25, -0.06, 0.03, NEARLY_BLACK)


def cat(pen: Pen, colour: RGB) -> None:
    for side in (-1, 1):
        pen.polygon([(side * 0.4, -0.48), (side * 0.1, -0.26), (side * 0.38, -0.02)], colour)
    pen.ellipse(0, 0.06, 0.42, 0.38, colour)
    for side in (-1, 1):
        pen.ellipse(side * 0.16, 0, 0.06, 0.08, (240, 220, 90) if is_dark(colour) else NEARLY_BLACK)
    pen.polygon([(-0.06, 0.14), (0.06, 0.14), (0, 0.21)], (190, 60, 90) if colour == COLOURS["pink"] else (250, 130, 150))


def bird(pen: Pen, colour: RGB) -> None:
    pen.ellipse(-0.04, 0.06, 0.3, 0.25, colour)
    pen.ellipse(-0.26, -0.18, 0.18, 0.17, colour)
    pen.polygon([(-0.42, -0.22), (-0.42, -0.1), (-0.5, -0.15)], (245, 150, 40))
    pen.polygon([(0.16, 0.04), (0.5, -0.14), (0.42, 0.16)], shade(colour, 0.75))
    pen.ellipse(0.02, 0.06, 0.17, 0.12, shade(colour, 0.75))
    pen.disc(-0.3, -0.22, 0.04, PURE_WHITE if is_dark(colour) else NEARLY_BLACK)
    for x in (-0.08, 0.06):
        pen.line([(x, 0.28), (x, 0.46)], 0.035, (230, 140, 40))


def car(pen: Pen, colour: RGB) -> None:
    pen.polygon([(-0.28, -0.22), (0.14, -0.22), (0.3, 0.02), (-0.38, 0.02)], shade(colour, 0.8))
    pen.rectangle(-0.48, 0, 0.48, 0.22, colour)
    pen.polygon([(-0.22, -0.16), (-0.04, -0.16), (-0.04, 0), (-0.3, 0)], GLASS)
    pen.polygon([(0.02, -0.16), (0.1, -0.16), (0.2, 0), (0.02, 0)], GLASS)
    for x in (-0.26, 0.26):
        pen.disc(x, 0.24, 0.13, (35, 35, 40))
        pen.disc(x, 0.24, 0.05, (200, 200, 205))


def rocket(pen: Pen, colour: RGB) -> None:
    for side in (-1, 1):
        pen.polygon([(side * 0.2, 0.12), (side * 0.36, 0.4), (side * 0.12, 0.3)], shade(colour, 0.65))
    pen.polygon([(-0.1, 0.3), (0.1, 0.3), (0, 0.5)], (250, 170, 50))
    pen.ellipse(0, 0, 0.19, 0.34, colour)
    pen.polygon([(-0.14, -0.22), (0.14, -0.22), (0, -0.5)], shade(colour, 0.65))
    pen.disc(0, -0.06, 0.08, (190, 225, 250))


def mushroom(pen: Pen, colour: RGB) -> None:
    pen.polygon([(-0.13, 0), (0.13, 0), (0.18, 0.46), (-0.18, 0.46)], (240, 225, 200))
    pen.upper_half_disc(0, 0.04, 0.46, colour)
    for x, y, radius in ((-0.2, -0.12, 0.08), (0.12, -0.22, 0.08), (0.26, -0.06, 0.06)):
        pen.disc(x, y, radius, PURE_WHITE)


def balloon(pen: Pen, colour: RGB) -> None:
    pen.line([(0, 0.2), (0.04, 0.5)], 0.025, (90, 90, 95))
    pen.ellipse(0, -0.14, 0.32, 0.36, colour)
    pen.polygon([(0, 0.18), (0.06, 0.27), (-0.06, 0.27)], colour)
    pen.ellipse(-0.12, -0.28, 0.06, 0.09, shade(colour, 1.5))


def cup(pen: Pen, colour: RGB) -> None:
    pen.disc(0.28, 0.06, 0.18, colour)
    pen.disc(0.28, 0.06, 0.1, shade(colour, 0.5))
    pen.polygon([(-0.36, -0.22), (0.3, -0.22), (0.22, 0.4), (-0.28, 0.4)], colour)
    pen.ellipse(-0.03, -0.22, 0.33, 0.07, shade(colour, 0.6))


def apple(pen: Pen, colour: RGB) -> None:
    for x in (-0.14, 0.14):
        pen.ellipse(x, 0.08, 0.28, 0.34, colour)
    pen.line([(0, -0.2), (0.06, -0.46)], 0.05, (100, 65, 40))
    pen.polygon([(0.06, -0.34), (0.32, -0.46), (0.22, -0.26)], (80, 170, 70))


def sun(pen: Pen, colour: RGB) -> None:
    for ray in range(8):
        direction = 45 * ray
        pen.polygon([on_circle(0.5, direction), on_circle(0.3, direction - 16), on_circle(0.3, direction + 16)], colour)
    pen.disc(0, 0, 0.27, colour)


def cloud(pen: Pen, colour: RGB) -> None:
    pen.ellipse(-0.26, 0.08, 0.22, 0.2, colour)
    pen.ellipse(0.26, 0.08, 0.22, 0.2, colour)
    pen.ellipse(-0.04, -0.1, 0.27, 0.26, colour)
    pen.rectangle(-0.26, 0.06, 0.26, 0.28, colour)


def umbrella(pen: Pen, colour: RGB) -> None:
    pen.line([(0, -0.1), (0, 0.36), (0.05, 0.44), (0.12, 0.4)], 0.045, (100, 70, 50))
    pen.upper_half_disc(0, 0.02, 0.47, colour)
    for x in (-0.35, -0.117, 0.117, 0.35):
        pen.upper_half_disc(x, 0.02, 0.118, shade(colour, 0.72))


def robot(pen: Pen, colour: RGB) -> None:
    pen.line([(0, -0.3), (0, -0.46)], 0.04, shade(colour, 0.6))
    pen.disc(0, -0.46, 0.05, (230, 60, 50))
    pen.rectangle(-0.32, -0.3, 0.32, 0.3, colour)
    for x in (-0.14, 0.14):
        pen.disc(x, -0.08, 0.09, (120, 200, 250) if colour == COLOURS["white"] else PURE_WHITE)
        pen.disc(x, -0.08, 0.04, NEARLY_BLACK)
    pen.rectangle(-0.18, 0.1, 0.18, 0.19, shade(colour, 0.45))
    for left in (-0.42, 0.34):
        pen.rectangle(left, -0.12, left + 0.08, 0.12, shade(colour, 0.6))


def ghost(pen: Pen, colour: RGB) -> None:
    pen.upper_half_disc(0, -0.08, 0.36, colour)
    pen.rectangle(-0.36, -0.09, 0.36, 0.3, colour)
    for x in (-0.24, 0, 0.24):
        pen.ellipse(x, 0.3, 0.12, 0.14, colour)
    for side in (-1, 1):
        pen.ellipse(side * 0.13, -0.08, 0.06, 0.1, PURE_WHITE if is_dark(colour) else (30, 30, 40))


def crown(pen: Pen, colour: RGB) -> None:
    pen.polygon([(-0.44, 0.34), (-0.48, -0.26), (-0.22, 0.02), (0, -0.4), (0.22, 0.02), (0.48, -0.26), (0.44, 0.34)], colour)
    pen.rectangle(-0.44, 0.24, 0.44, 0.36, shade(colour, 0.65))
    for x, y in ((-0.47, -0.3), (0, -0.42), (0.47, -0.3)):
        pen.disc(min(max(x, -0.43), 0.43), y, 0.07, shade(colour, 0.65))


SHAPES: Mapping[str, Callable[[Pen, RGB], None]] = {
    "circle": circle,
    "square": square,
    "triangle": triangle,
    "star": star,
    "heart": heart,
    "diamond": diamond,
    "ring": ring,
    "moon": moon,
    "flower": flower,
    "tree": tree,
    "pine tree": pine_tree,
    "house": house,
    "boat": boat,
    "fish": fish,
    "cat": cat,
    "bird": bird,
    "car": car,
    "rocket": rocket,
    "mushroom": mushroom,
    "balloon": balloon,
    "cup": cup,
    "apple": apple,
    "sun": sun,
    "cloud": cloud,
    "umbrella": umbrella,
    "robot": robot,
    "ghost": ghost,
    "crown": crown,
}
