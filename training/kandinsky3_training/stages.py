"""The stages, in order. Each reads what the earlier ones left in the work folder, and can be killed and started again.

Work folder: scenes.png, tokenizer/, movq/, latents/, text/, known/, base/, inpainting/, judge/, model/ (the export), evaluation/.
"""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy
import torch

from .base import base_loss
from .card import write_card
from .components import Denoiser, first_unet, fresh_text_encoder, load_movq, load_text_encoder
from .expectation import Expectation, expectation_loss
from .export import export_model
from .files import read_json, write_json
from .inpainting import inpainting_denoiser, inpainting_loss, read_masked, write_known
from .judge import load_judge, train_judge
from .latents import Encode, Latents, read_shards, write_shards
from .machine import Machine
from .measure import measure
from .movq import at_latent_size, movq_loss, reconstruct, trainable_movq, training_scenes
from .pieces import train_pieces
from .plan import Plan
from .samples import inpainting_samples, text_to_image_samples
from .sampling import Painter, Settings, to_pictures
from .scenes import draw, random_scene
from .sheets import beside, save_sheet
from .text import Tokenizer
from .workers import Training

FIRST_SEED = 10_000
"""Seed of the first shard of training scenes; the judge's and the evaluation's seeds are smaller."""


@dataclass(frozen=True)
class Run:
    """What the command line asked for."""

    work: Path
    machine: Machine
    earlier: Path | None
    steps: int | None
    shards: int

    @property
    def model(self) -> Path:
        return self.work / "model"

    @property
    def spiece(self) -> Path:
        return self.work / "tokenizer" / "spiece.model"

    @property
    def seeds(self) -> range:
        return range(FIRST_SEED, FIRST_SEED + self.shards)

    def plan(self, steps: int, batch: int, learning_rate: float, seed: int, average: float = 0.999) -> Plan:
        return Plan(self.steps or steps, batch, learning_rate, average=average, seed=seed)


def scenes(run: Run) -> None:
    """A sheet of training scenes; nothing else needs it."""
    rng = random.Random(1)
    save_sheet(run.work / "scenes.png", [numpy.asarray(draw(random_scene(rng))) for _ in range(64)])


def tokenizer(run: Run) -> None:
    if run.spiece.exists():
        return
    if run.earlier is None:
        train_pieces(run.spiece.parent)
    else:
        run.spiece.parent.mkdir(parents=True, exist_ok=True)
        run.spiece.write_bytes((run.earlier / "tokenizer" / "spiece.model").read_bytes())


def movq(run: Run) -> None:
    model = trainable_movq(run.earlier).to(run.machine.device, memory_format=torch.channels_last).train()
    plan = run.plan(steps=3000 if run.earlier else 9000, batch=4, learning_rate=5e-4, seed=11, average=0.998)
    pictured = training_scenes(seed=11, count=20_000)
    Training(model, plan, run.work / "movq", run.machine).run(movq_loss(model, pictured, plan.batch, plan.steps, run.machine.device))
    model.cpu().eval().save_pretrained(run.work / "movq")
    rng = random.Random(12)
    drawn = [numpy.asarray(draw(random_scene(rng))) for _ in range(24)]
    save_sheet(run.work / "movq" / "samples.png", beside(drawn, to_pictures(reconstruct(model, drawn))))


def encoder(run: Run) -> Encode:
    model = at_latent_size(load_movq(run.work / "movq")).to(run.machine.device, memory_format=torch.channels_last)
    return lambda pictures: model.encode(pictures.to(run.machine.device)).latents.cpu()


def training_latents(run: Run) -> Latents:
    write_shards(run.work / "latents", run.seeds, encoder(run), run.machine.workers)
    return read_shards(run.work / "latents", run.seeds).to(run.machine.device)


def text(run: Run) -> None:
    """A model that training goes on from has a text encoder already."""
    if run.earlier is not None:
        return
    folder = run.work / "text"
    model = Expectation(fresh_text_encoder()).to(run.machine.device).train()
    plan = run.plan(steps=2000, batch=64, learning_rate=1e-3, seed=7, average=0.995)
    Training(model, plan, folder, run.machine).run(expectation_loss(model, Tokenizer(run.spiece), training_latents(run), plan.batch))
    model.text_encoder.cpu().eval().save_pretrained(folder / "text_encoder")


def base(run: Run) -> None:
    latents = training_latents(run)
    denoiser = Denoiser.load(run.earlier) if run.earlier else Denoiser(first_unet(), load_text_encoder(run.work / "text" / "text_encoder"))
    denoiser = denoiser.to(run.machine.device, memory_format=torch.channels_last).train()
    plan = run.plan(steps=6000 if run.earlier else 24_000, batch=16, learning_rate=1e-4 if run.earlier else 1e-3, seed=1)
    folder = run.work / "base"
    Training(denoiser, plan, folder, run.machine).run(base_loss(denoiser, Tokenizer(run.spiece), latents, plan.batch))
    denoiser.cpu().eval().unet.save_pretrained(folder / "unet")
    denoiser.text_encoder.save_pretrained(folder / "text_encoder")
    text_to_image_samples(painter(run, denoiser), Settings(), folder / "samples.png", run.machine.cores)


def inpainting(run: Run) -> None:
    write_shards(run.work / "latents", run.seeds, encoder(run), run.machine.workers)
    write_known(run.work / "known", run.seeds, encoder(run), run.machine.workers)
    latents = read_masked(run.work / "latents", run.work / "known", run.seeds).to(run.machine.device)
    denoiser = inpainting_denoiser(Denoiser.load(run.work / "base"), run.earlier)
    denoiser = denoiser.to(run.machine.device, memory_format=torch.channels_last).train()
    plan = run.plan(steps=800 if run.earlier else 3000, batch=32, learning_rate=1e-4 if run.earlier else 4e-4, seed=2)
    folder = run.work / "inpainting"
    Training(denoiser, plan, folder, run.machine).run(inpainting_loss(denoiser, Tokenizer(run.spiece), latents, plan.batch))
    denoiser.cpu().eval().unet.save_pretrained(folder / "unet")
    inpainting_samples(painter(run, denoiser), Settings(), folder / "samples.png", run.machine.cores)


def painter(run: Run, denoiser: Denoiser) -> Painter:
    autoencoder = at_latent_size(load_movq(run.work / "movq")).to(memory_format=torch.channels_last)
    return Painter(denoiser, autoencoder, Tokenizer(run.spiece))


def export(run: Run) -> None:
    counts = export_model(
        movq=run.work / "movq",
        text_encoder=run.work / "base" / "text_encoder",
        unet=run.work / "base" / "unet",
        inpainting_unet=run.work / "inpainting" / "unet",
        spiece=run.spiece,
        target=run.model,
    )
    write_json(run.work / "evaluation" / "parameters.json", counts)


def evaluate(run: Run) -> None:
    """Trains the judge if there is none yet, then measures the export."""
    judge = run.work / "judge" / "judge.pt"
    if not judge.exists():
        train_judge(judge)
    measure(run.model, load_judge(judge), run.work / "evaluation", run.machine.cores)


def card(run: Run) -> None:
    folder = run.work / "evaluation"
    write_card(run.model, read_json(folder / "figures.json")["figures"], read_json(folder / "parameters.json"))


STAGES: Mapping[str, Callable[[Run], None]] = {
    "scenes": scenes,
    "tokenizer": tokenizer,
    "movq": movq,
    "text": text,
    "base": base,
    "inpainting": inpainting,
    "export": export,
    "evaluate": evaluate,
    "card": card,
}
