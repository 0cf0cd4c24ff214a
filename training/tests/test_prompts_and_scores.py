"""The evaluation's prompts, its scores, the masks and the training plan. Needs numpy and Pillow only."""

import random
import unittest
from collections import Counter
from dataclasses import replace

import numpy

from kandinsky3_training.errors import TrainingError
from kandinsky3_training.masks import box_mask, ellipse_mask, random_mask
from kandinsky3_training.plan import Plan
from kandinsky3_training.prompts import GROUPS, UNSEEN, evaluation_prompts
from kandinsky3_training.reading import CLASSES, Reading
from kandinsky3_training.scenes import random_scene
from kandinsky3_training.scoring import score
from kandinsky3_training.vocabulary import HELD_OUT


class Prompts(unittest.TestCase):
    def test_there_are_three_hundred_in_the_stated_groups(self) -> None:
        prompts = evaluation_prompts()
        self.assertEqual(len(prompts), 300)
        expected: Counter[str] = Counter()
        for group, _, count in GROUPS:
            expected[group] += count
        self.assertEqual(Counter(prompt.group for prompt in prompts), expected)

    def test_only_the_unseen_group_asks_for_held_out_pairs(self) -> None:
        for prompt in evaluation_prompts():
            held_out = any((subject.colour, subject.shape) in HELD_OUT for subject in prompt.scene.subjects)
            self.assertEqual(held_out, prompt.group == UNSEEN, prompt)

    def test_a_quicker_look_keeps_the_numbers_and_all_groups(self) -> None:
        some = evaluation_prompts(every=5)
        self.assertEqual([prompt.number for prompt in some], list(range(0, 300, 5)))
        self.assertEqual({prompt.group for prompt in some}, {group for group, _, _ in GROUPS})


class Scores(unittest.TestCase):
    def setUp(self) -> None:
        self.prompts = evaluation_prompts()
        self.right = [Reading.of(prompt.scene) for prompt in self.prompts]

    def test_every_reading_is_of_known_classes(self) -> None:
        for reading in self.right:
            for attribute, classes in CLASSES.items():
                self.assertIn(getattr(reading, attribute), classes)

    def test_right_readings_score_one(self) -> None:
        self.assertEqual(set(score(self.prompts, self.right).values()), {1.0})

    def test_a_wrong_background_costs_the_background_and_the_caption_alone(self) -> None:
        wrong = [replace(reading, background="pink" if reading.background != "pink" else "red") for reading in self.right]
        scores = score(self.prompts, wrong)
        self.assertEqual((scores["background"], scores["whole caption"]), (0.0, 0.0))
        self.assertEqual({scores[name] for name in scores if name not in ("background", "whole caption")}, {1.0})

    def test_swapped_objects_are_wrong(self) -> None:
        swapped = [replace(reading, shape=reading.second_shape, second_shape=reading.shape) for reading in self.right]
        self.assertEqual(score(self.prompts, swapped)["both objects"], 0.0)

    def test_half_of_the_unseen_colours_wrong_is_half_of_the_score(self) -> None:
        unseen = [prompt.number for prompt in self.prompts if prompt.group == UNSEEN]
        readings = list(self.right)
        for number in unseen[::2]:
            readings[number] = replace(readings[number], colour="pink")
        scores = score(self.prompts, readings)
        self.assertEqual(scores["unseen pair"], 0.5)
        self.assertEqual(scores["colour"], 1.0)

    def test_a_group_without_prompts_is_an_error(self) -> None:
        with self.assertRaisesRegex(TrainingError, "at least one prompt"):
            score(self.prompts[:10], self.right[:10])


class Masks(unittest.TestCase):
    def test_a_box_grows_by_its_margin_and_stops_at_the_picture(self) -> None:
        mask = box_mask((4, 40, 20, 60), margin=8)
        rows, columns = numpy.nonzero(mask)
        self.assertEqual((columns.min(), columns.max() + 1, rows.min(), rows.max() + 1), (0, 28, 32, 68))

    def test_an_ellipse_fills_its_box_by_a_quarter_of_pi(self) -> None:
        mask = ellipse_mask((10, 20, 90, 80))
        self.assertAlmostEqual(float(mask.sum()) / (80 * 60), numpy.pi / 4, delta=0.01)
        self.assertEqual(float(mask[:20].sum() + mask[80:].sum() + mask[:, :10].sum() + mask[:, 90:].sum()), 0)

    def test_random_masks_are_ones_and_zeros_with_something_to_repaint(self) -> None:
        rng = random.Random(1)
        for _ in range(300):
            mask, words = random_mask(random_scene(rng), rng)
            self.assertEqual(mask.shape, (128, 128))
            self.assertLessEqual(set(numpy.unique(mask).tolist()), {0.0, 1.0})
            self.assertGreater(mask.sum(), 0)
            self.assertTrue(words.startswith("a"))


class Rates(unittest.TestCase):
    def test_the_rate_rises_stays_and_falls_to_a_twentieth(self) -> None:
        plan = Plan(steps=1000, batch=32, learning_rate=1.0, warmup=100, cooldown=0.4)
        self.assertAlmostEqual(plan.rate(0), 0.01)
        self.assertEqual((plan.rate(100), plan.rate(600)), (1.0, 1.0))
        self.assertAlmostEqual(plan.rate(800), 0.5)
        self.assertAlmostEqual(plan.rate(999), 0.05)


if __name__ == "__main__":
    unittest.main()
