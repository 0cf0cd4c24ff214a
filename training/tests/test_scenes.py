"""The scene generator: what it promises about pairs, captions and pixels. Needs numpy and Pillow only."""

import random
import unittest

import numpy

from kandinsky3_training.knowledge import known_words
from kandinsky3_training.scenes import SIDE, Scene, Subject, caption, draw, random_scene
from kandinsky3_training.shapes import SHAPES
from kandinsky3_training.vocabulary import COLOURS, HELD_OUT, LOST_AGAINST, SETTINGS


def many_scenes(count: int, held_out: bool = False) -> list[Scene]:
    rng = random.Random(7)
    return [random_scene(rng, held_out=held_out) for _ in range(count)]


def pair(subject: Subject) -> tuple[str, str]:
    return (subject.colour, subject.shape)


class Sampling(unittest.TestCase):
    def test_a_seed_gives_the_same_scenes(self) -> None:
        self.assertEqual(many_scenes(50), many_scenes(50))

    def test_training_never_shows_a_held_out_pair(self) -> None:
        shown = {pair(subject) for scene in many_scenes(20_000) for subject in scene.subjects}
        self.assertFalse(shown & HELD_OUT)

    def test_training_shows_every_other_pair(self) -> None:
        shown = {pair(subject) for scene in many_scenes(20_000) for subject in scene.subjects}
        self.assertEqual(shown, {(colour, shape) for colour in COLOURS for shape in SHAPES} - HELD_OUT)

    def test_each_held_out_scene_holds_exactly_one_held_out_pair(self) -> None:
        for scene in many_scenes(2000, held_out=True):
            self.assertEqual(sum(pair(subject) in HELD_OUT for subject in scene.subjects), 1, scene)

    def test_held_out_pairs_have_a_word_that_version_0_did_not_know(self) -> None:
        for colour, shape in HELD_OUT:
            self.assertTrue(colour == "turquoise" or shape == "crown", (colour, shape))

    def test_no_subject_is_lost_against_its_background(self) -> None:
        for scene in many_scenes(3000):
            for subject in scene.subjects:
                self.assertNotIn(subject.colour, LOST_AGAINST[scene.background])

    def test_two_objects_differ_in_shape_and_colour_and_are_in_reading_order(self) -> None:
        for scene in many_scenes(3000):
            if len(scene.subjects) == 2:
                first, second = scene.subjects
                self.assertNotEqual(first.shape, second.shape)
                self.assertNotEqual(first.colour, second.colour)
                self.assertLess((first.x + first.y), (second.x + second.y))


class Captions(unittest.TestCase):
    def test_the_words_that_travel_with_the_model_are_those_of_its_captions(self) -> None:
        rng = random.Random(3)
        said = {word for scene in many_scenes(20_000) for word in caption(scene, rng).split()}
        self.assertEqual(sorted(said), known_words())

    def test_a_caption_names_everything(self) -> None:
        rng = random.Random(3)
        for scene in many_scenes(2000):
            text = caption(scene, rng, background_named=1)
            for subject in scene.subjects:
                self.assertIn(f"{subject.colour} {subject.shape}", text)
            self.assertIn(scene.background, text)
            if scene.place:
                self.assertIn(scene.place, text)

    def test_left_of_and_right_of_say_the_same_scene(self) -> None:
        scene = Scene("side by side", (Subject("red", "cat", 0.26, 0.5, 0.46), Subject("orange", "umbrella", 0.74, 0.5, 0.46)), "at night")
        rng = random.Random(0)
        texts = {caption(scene, rng, background_named=1) for _ in range(100)}
        expected = {
            "a red cat and an orange umbrella at night",
            "a red cat next to an orange umbrella at night",
            "a red cat left of an orange umbrella at night",
            "an orange umbrella right of a red cat at night",
        }
        self.assertEqual(texts, expected)

    def test_an_unnamed_background_is_left_out(self) -> None:
        scene = Scene("placed", (Subject("blue", "star", 0.27, 0.5, 0.42),), "white", "on the left")
        self.assertEqual(caption(scene, random.Random(0), background_named=0), "a small blue star on the left")
        self.assertEqual(caption(scene, random.Random(0), background_named=1), "a small blue star on the left on a white background")


class Drawing(unittest.TestCase):
    def test_drawing_is_repeatable(self) -> None:
        scene = many_scenes(1)[0]
        self.assertTrue(numpy.array_equal(numpy.asarray(draw(scene)), numpy.asarray(draw(scene))))

    def test_every_shape_shows_its_colour_inside_its_box_only(self) -> None:
        for shape in SHAPES:
            subject = Subject("blue", shape, 0.5, 0.5, 0.6)
            picture = numpy.asarray(draw(Scene("single", (subject,), "white"))).astype(int)
            left, top, right, bottom = subject.box()
            changed = numpy.abs(picture - COLOURS["white"]).sum(-1) > 0
            changed[top - 2 : bottom + 2, left - 2 : right + 2] = False
            self.assertFalse(changed.any(), f"{shape} leaves its box")
            blue = (numpy.abs(picture - COLOURS["blue"]).sum(-1) == 0).mean()
            self.assertGreater(blue, 0.03, f"{shape} is hardly blue")

    def test_no_two_shapes_look_alike(self) -> None:
        pictures = {shape: numpy.asarray(draw(Scene("single", (Subject("red", shape, 0.5, 0.5, 0.7),), "gray"))).astype(int) for shape in SHAPES}
        for first, a in pictures.items():
            for second, b in pictures.items():
                if first < second:
                    self.assertGreater((numpy.abs(a - b).sum(-1) > 60).mean(), 0.02, f"{first} and {second}")

    def test_plain_backgrounds_and_landscapes_reach_the_corners(self) -> None:
        for background in (*COLOURS, *SETTINGS):
            picture = numpy.asarray(draw(Scene("single", (Subject("red", "circle", 0.5, 0.5, 0.5),), background)))
            self.assertEqual(picture.shape, (SIDE, SIDE, 3))
            if background in COLOURS:
                self.assertEqual(tuple(picture[0, 0]), COLOURS[background])
                self.assertEqual(tuple(picture[-1, -1]), COLOURS[background])
            else:
                self.assertNotEqual(tuple(picture[0, 0]), tuple(picture[-1, -1]))

    def test_drawn_at_half_size_is_a_picture_averaged(self) -> None:
        for scene in many_scenes(20):
            full = numpy.asarray(draw(scene)).astype(float)
            averaged = full.reshape(SIDE // 2, 2, SIDE // 2, 2, 3).mean((1, 3))
            self.assertLess(numpy.abs(averaged - numpy.asarray(draw(scene, SIDE // 2))).mean(), 1.5)


if __name__ == "__main__":
    unittest.main()
