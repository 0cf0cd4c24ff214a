"""The training loop, the sampler and MoVQ's rearranged norm against diffusers. Needs everything; skipped, visibly, without PyTorch."""

import importlib.util
import os
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

HAS_TORCH = importlib.util.find_spec("torch") is not None and importlib.util.find_spec("diffusers") is not None
NANO = Path(__file__).parents[2] / "models" / "nano"

KILLED = """
import sys, torch
from pathlib import Path
from kandinsky3_training.machine import this_machine
from kandinsky3_training.plan import Plan
from kandinsky3_training.workers import Training

machine = this_machine(workers=2)
torch.manual_seed(0)
layer = torch.nn.Linear(4, 1)
truth = torch.tensor([[1.0, -2.0, 3.0, 0.5]])


class Fitting:
    def variant(self, step):
        return 0

    def loss(self, variant):
        inputs = torch.randn(16, 4)
        return (layer(inputs) - inputs @ truth.T).square().mean()


training = Training(layer, Plan(steps=800, batch=16, learning_rate=0.02), Path(sys.argv[1]), machine)
print("from", int(training.finished), flush=True)
training.run(Fitting())
print("error", float((layer.weight - truth).abs().max()), flush=True)
"""


@unittest.skipUnless(HAS_TORCH, "PyTorch and diffusers are not installed")
class Loop(unittest.TestCase):
    def test_a_run_that_was_killed_goes_on_where_it_was(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            command = [sys.executable, "-c", KILLED, folder]
            first = subprocess.Popen(command, start_new_session=True, stdout=subprocess.DEVNULL, cwd=Path(__file__).parents[1])
            deadline = time.monotonic() + 60
            while not (Path(folder) / "checkpoint.pt").exists() and time.monotonic() < deadline:
                time.sleep(0.01)
            os.killpg(first.pid, signal.SIGKILL)
            first.wait()
            second = subprocess.run(command, capture_output=True, text=True, check=True, cwd=Path(__file__).parents[1])
        started, error = (line.split()[1] for line in second.stdout.splitlines() if line.split()[0] in ("from", "error"))
        self.assertGreaterEqual(int(started), 200)
        self.assertLess(float(error), 0.02)

    def test_the_loop_of_a_gpu_learns_and_goes_on_too(self) -> None:
        import torch

        from kandinsky3_training.graphed import GraphedTraining
        from kandinsky3_training.machine import this_machine
        from kandinsky3_training.plan import Plan

        torch.manual_seed(0)
        layer, truth = torch.nn.Linear(4, 1), torch.tensor([[1.0, -2.0, 3.0, 0.5]])

        class Fitting:
            def variant(self, step: int) -> int:
                return step % 2

            def loss(self, variant: int) -> torch.Tensor:
                inputs = torch.randn(16 + variant, 4)
                return (layer(inputs.to(layer.weight.dtype)).float() - inputs @ truth.T).square().mean()

        with tempfile.TemporaryDirectory() as folder:
            for steps in (300, 600):
                training = GraphedTraining(layer, Plan(steps, batch=16, learning_rate=0.03, average=0.98), Path(folder), this_machine(1))
                self.assertEqual(training.finished, steps - 300)
                training.run(Fitting())
        self.assertEqual(layer.weight.dtype, torch.float32)
        self.assertLess(float((layer.weight - truth).abs().max().detach()), 0.02)

    def test_results_come_back_in_the_order_of_the_items(self) -> None:
        from kandinsky3_training.parallel import in_processes

        self.assertEqual(in_processes(lambda some: [item * 10 for item in some], list(range(7)), 3), [item * 10 for item in range(7)])

    def test_a_process_that_dies_is_an_error(self) -> None:
        from kandinsky3_training.errors import TrainingError
        from kandinsky3_training.parallel import in_processes

        with self.assertRaisesRegex(TrainingError, "process 1 of 2 ended before"):
            in_processes(lambda some: os._exit(3) if 1 in some else list(some), [0, 1], 2)


@unittest.skipUnless(HAS_TORCH, "PyTorch and diffusers are not installed")
class Stages(unittest.TestCase):
    def test_each_leaves_what_the_next_one_needs_and_the_last_a_model(self) -> None:
        from unittest import mock

        from kandinsky3_training import stages
        from kandinsky3_training.evaluation import load_painter
        from kandinsky3_training.machine import this_machine
        from kandinsky3_training.sampling import Settings

        with (
            tempfile.TemporaryDirectory() as folder,
            mock.patch.object(stages, "text_to_image_samples") as sheet,
            mock.patch.object(stages, "inpainting_samples") as other_sheet,
        ):
            run = stages.Run(Path(folder), this_machine(1), earlier=None, steps=2, shards=1)
            for name in ("tokenizer", "movq", "text", "base", "inpainting", "export"):
                stages.STAGES[name](run)
            self.assertEqual((sheet.call_count, other_sheet.call_count), (1, 1))
            picture = load_painter(run.model, run.machine).paint(["a red cat"], [0], Settings(steps=2))[0]
            self.assertEqual(picture.shape, (128, 128, 3))


@unittest.skipUnless(HAS_TORCH, "PyTorch and diffusers are not installed")
class AgainstDiffusers(unittest.TestCase):
    def test_norms_at_latent_size_give_the_same_pictures(self) -> None:
        import torch

        from kandinsky3_training.components import load_movq
        from kandinsky3_training.movq import at_latent_size

        torch.manual_seed(0)
        latents = torch.randn(1, 4, 8, 8)
        with torch.no_grad():
            expected = load_movq(NANO / "movq").decode(latents, force_not_quantize=True).sample
            actual = at_latent_size(load_movq(NANO / "movq")).decode(latents, force_not_quantize=True).sample
        self.assertLess(float((expected - actual).abs().max()), 1e-4)

    def test_a_picture_is_what_diffusers_pipeline_paints(self) -> None:
        import torch
        from diffusers import DDPMScheduler, Kandinsky3Pipeline
        from transformers import T5Tokenizer

        from kandinsky3_training.evaluation import load_painter
        from kandinsky3_training.machine import this_machine
        from kandinsky3_training.sampling import Settings

        painter = load_painter(NANO, this_machine())
        picture = painter.paint(["a red house in the snow", "a cat"], [3, 4], Settings(steps=3, guidance=2.0, seed=1))[0]
        pipeline = Kandinsky3Pipeline(
            tokenizer=T5Tokenizer.from_pretrained(NANO / "tokenizer"),
            text_encoder=painter.denoiser.text_encoder,
            unet=painter.denoiser.unet,
            scheduler=DDPMScheduler.from_pretrained(NANO / "scheduler"),
            movq=painter.movq,
        )
        pipeline.set_progress_bar_config(disable=True)
        generator = torch.Generator().manual_seed(1 * 1_000_003 + 3)
        images = pipeline(
            "a red house in the snow", num_inference_steps=3, guidance_scale=2.0, height=128, width=128, generator=generator, output_type="np"
        ).images
        self.assertLess(abs(images[0] * 255 - picture).max(), 2)

    def test_inpainting_begins_as_the_base(self) -> None:
        import torch

        from kandinsky3_training.components import Denoiser
        from kandinsky3_training.inpainting import inpainting_denoiser

        base = Denoiser.load(NANO)
        denoiser = inpainting_denoiser(base, None)
        torch.manual_seed(0)
        latents, known = torch.randn(2, 4, 16, 16), torch.randn(2, 5, 16, 16)
        states, mask, timesteps = torch.randn(2, 6, 128), torch.ones(2, 6), torch.tensor([10, 900])
        with torch.no_grad():
            expected = base.predict_noise(latents, timesteps, states, mask)
            actual = denoiser.eval().predict_noise(torch.cat([latents, known], 1), timesteps, states, mask)
        self.assertLess(float((expected - actual).abs().max()), 1e-5)

    def test_inpainting_from_an_earlier_model_of_the_same_base_is_that_model(self) -> None:
        from kandinsky3_training.components import Denoiser, load_unet
        from kandinsky3_training.inpainting import inpainting_denoiser

        merged = inpainting_denoiser(Denoiser.load(NANO), NANO).unet.state_dict()
        for key, weight in load_unet(NANO / "unet_inpainting").state_dict().items():
            self.assertLess(float((merged[key] - weight).abs().max()), 1e-6, key)


@unittest.skipUnless(HAS_TORCH, "PyTorch and diffusers are not installed")
class FirstStates(unittest.TestCase):
    def test_an_untrained_unet_takes_its_input_for_the_noise_whatever_step_and_text(self) -> None:
        import torch

        from kandinsky3_training.components import first_unet

        torch.manual_seed(0)
        noise = torch.randn(3, 4, 16, 16)
        predicted = first_unet()(
            noise, torch.tensor([0, 500, 999]), encoder_hidden_states=torch.randn(3, 9, 128), encoder_attention_mask=torch.ones(3, 9)
        ).sample
        self.assertLess(float((predicted - noise).square().mean().detach()), 1e-4)

    def test_a_group_without_room_for_the_copy_is_refused(self) -> None:
        from kandinsky3_training.identity import places

        self.assertEqual(places(4, 4), ([0, 4, 8, 12], [1, 5, 9, 13], [2, 3, 6, 7, 10, 11, 14, 15]))
        self.assertEqual(places(4, 6)[0], [0, 2, 6, 8])
        self.assertRaisesRegex(ValueError, "groups of 2 channels", places, 4, 2)

    def test_the_text_stage_begins_with_the_share_of_an_average(self) -> None:
        import random

        import torch

        from kandinsky3_training.captions import scene_captions
        from kandinsky3_training.components import fresh_text_encoder
        from kandinsky3_training.expectation import Expectation, Explaining
        from kandinsky3_training.scenes import random_scene
        from kandinsky3_training.text import Tokenizer

        rng = random.Random(0)
        torch.manual_seed(0)
        scenes = [random_scene(rng) for _ in range(64)]
        values = 5 * torch.randn(64, 4, 16, 16)
        model = Expectation(fresh_text_encoder())
        captions = scene_captions(Tokenizer(NANO / "tokenizer" / "spiece.model"), scenes, torch.device("cpu"))
        objective = Explaining(model, captions, values, batch=32)
        loss = objective.loss(objective.variant(0))
        self.assertAlmostEqual(float(loss.detach()), 1.0, delta=0.2)
        loss.backward()
        self.assertGreater(float(model.text_encoder.shared.weight.grad.abs().max()), 0)


@unittest.skipUnless(HAS_TORCH, "PyTorch and diffusers are not installed")
class Measures(unittest.TestCase):
    def test_a_perfect_repaint_has_no_seam_and_a_shifted_one_has(self) -> None:
        import numpy

        from kandinsky3_training.evaluation import composite, kept_psnr, repaints, seam_error
        from kandinsky3_training.scenes import draw

        for case in repaints(5):
            after = numpy.asarray(draw(case.after))
            self.assertLess(seam_error(case, composite(case, after)), 0.5)
            darker = (after * 0.8).astype(numpy.uint8)
            self.assertGreater(seam_error(case, darker), 5)
            self.assertLess(kept_psnr(case, darker), 35)

    def test_the_judge_is_asked_about_classes_that_it_has(self) -> None:
        from kandinsky3_training.judge import judge_scenes, targets
        from kandinsky3_training.reading import CLASSES

        scenes, pictures = judge_scenes(seed=3, count=20)
        self.assertEqual(tuple(pictures.shape), (20, 3, 64, 64))
        for attribute, numbers in targets(scenes).items():
            self.assertEqual(len(numbers), 20)
            self.assertLess(int(numbers.max()), len(CLASSES[attribute]))

    def test_the_first_step_error_is_none_for_the_truth_and_one_for_the_average(self) -> None:
        import torch

        from kandinsky3_training.first_step import first_step_error
        from kandinsky3_training.noise import SIGNAL_POWER
        from kandinsky3_training.scenes import Scene, Subject
        from kandinsky3_training.text import Tokenizer

        torch.manual_seed(0)
        latents = torch.randn(200, 4, 16, 16) + torch.randn(200, 4, 1, 1)
        scene = Scene("single", (Subject("red", "cat", 0.5, 0.5, 0.7),), "at night")  # one caption, so that all are in one batch

        class Knowing:
            """Predicts the noise that is left when the latents are what it believes."""

            def __init__(self, believed: torch.Tensor) -> None:
                self.believed = believed

            def encode_text(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
                return mask

            def predict_noise(self, inputs: torch.Tensor, timestep: torch.Tensor, states: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
                signal = SIGNAL_POWER[timestep]
                return (inputs - signal.sqrt() * self.believed) / (1 - signal).sqrt()

        tokenizer = Tokenizer(NANO / "tokenizer" / "spiece.model")
        right = first_step_error(Knowing(latents), tokenizer, [scene] * 200, latents)
        average = first_step_error(Knowing(torch.zeros(1, 4, 16, 16)), tokenizer, [scene] * 200, latents)
        self.assertLess(right["latents"], 1e-6)
        self.assertAlmostEqual(average["mean colour"], 1, delta=0.1)
        self.assertAlmostEqual(average["latents"], 1, delta=0.1)

    def test_a_batch_holds_captions_of_one_length_padded_once(self) -> None:
        import random

        import torch

        from kandinsky3_training.captions import WAYS, scene_captions
        from kandinsky3_training.scenes import random_scene
        from kandinsky3_training.text import END, Tokenizer

        rng = random.Random(0)
        scenes = [random_scene(rng) for _ in range(50)]
        captions = scene_captions(Tokenizer(NANO / "tokenizer" / "spiece.model"), scenes, torch.device("cpu"))
        self.assertEqual(sum(len(group.rows) for group in captions.groups), 50 * WAYS)
        for number in range(len(captions.groups)):
            batch = captions.batch(number, 8)
            self.assertTrue(bool((batch.ids[:, -2] == END).all()) and bool((batch.ids[:, -1] == 0).all()))
            self.assertEqual(batch.mask[0].tolist(), [1.0] * (batch.ids.shape[1] - 1) + [0.0])

    def test_timesteps_are_spread_evenly_over_their_ranges(self) -> None:
        import torch

        from kandinsky3_training.noise import TRAIN_STEPS, evenly, random_timesteps

        torch.manual_seed(0)
        cpu = torch.device("cpu")
        self.assertEqual((evenly(10, cpu) * 10).long().tolist(), list(range(10)))
        timesteps = random_timesteps(200, cpu) / TRAIN_STEPS
        # 30 % of them over everything, 45 % in the second range, 25 % in the third.
        self.assertAlmostEqual(int(((timesteps >= 0.35) & (timesteps < 0.85)).sum()), 30 + 90, delta=1)
        self.assertAlmostEqual(int((timesteps >= 0.85).sum()), 9 + 50, delta=1)
        self.assertLess(float(timesteps.max()), 1)


if __name__ == "__main__":
    unittest.main()
