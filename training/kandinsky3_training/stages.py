"""The stages, in order. Each reads what the earlier ones left in the work folder, and can be killed and started again.

Work folder: scenes.png, tokenizer/, pictures/, movq/, latents/, text/, base/, known/, inpainting/, judge/, model/ (the export),
evaluation/.
"""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from torch import Tensor

from .captions import Captions, scene_captions
from .card import write_card
from .components import Denoiser, first_unet, fresh_text_encoder, load_text_encoder
from .denoising import Denoising
from .expectation import Expectation, Explaining
from .export import export_model
from .files import read_json, write_json
from .inpainting import inpainting_denoiser, shard_masks, write_known
from .judge import load_judge, train_judge
from .latents import Encode, encoder, write_latents
from .learn import learn
from .machine import Machine
from .measure import measure
from .movq import Reconstruction, ready_movq, reconstruct, trainable_movq
from .pictures import drawings, write_pictures
from .pieces import train_pieces
from .plan import Plan, plan_of
from .samples import inpainting_samples, text_to_image_samples
from .sampling import Painter, Settings, to_pictures
from .scenes import random_scene
from .shards import read_shards, scenes_of
from .sheets import beside, save_sheet
from .text import Tokenizer

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

    def plan(self, stage: str) -> Plan:
        plan = plan_of(stage, self.machine.has_gpu, self.earlier is not None)
        return replace(plan, steps=self.steps or plan.steps)

    def of_scenes(self, kind: str) -> Tensor:
        """What an earlier stage kept of all training scenes."""
        return read_shards(self.work / kind, self.seeds).to(self.machine.device)


def scenes(run: Run) -> None:
    """Draws the training scenes, and a sheet of some."""
    pictures(run)
    rng = random.Random(1)
    save_sheet(run.work / "scenes.png", list(drawings([random_scene(rng) for _ in range(64)]).numpy()))


def pictures(run: Run) -> Path:
    folder = run.work / "pictures"
    write_pictures(folder, run.seeds, run.machine.cores)
    return folder


def tokenizer(run: Run) -> None:
    if run.spiece.exists():
        return
    if run.earlier is None:
        train_pieces(run.spiece.parent)
    else:
        run.spiece.parent.mkdir(parents=True, exist_ok=True)
        run.spiece.write_bytes((run.earlier / "tokenizer" / "spiece.model").read_bytes())


def movq(run: Run) -> None:
    model = trainable_movq(run.earlier).to(run.machine.device, memory_format=run.machine.layout).train()
    plan = run.plan("movq")
    pictures(run)
    learn(model, Reconstruction(model, run.of_scenes("pictures"), plan.batch, plan.steps), plan, run.work / "movq", run.machine)
    model.cpu().eval().save_pretrained(run.work / "movq")
    rng = random.Random(12)
    drawn = drawings([random_scene(rng) for _ in range(24)])
    painted = to_pictures(reconstruct(ready_movq(run.work / "movq", run.machine.without_gpu()), drawn))
    save_sheet(run.work / "movq" / "samples.png", beside(list(drawn.numpy()), painted))


def movq_encoder(run: Run) -> Encode:
    return encoder(ready_movq(run.work / "movq", run.machine), run.machine)


def training_latents(run: Run, encode: Encode) -> Tensor:
    write_latents(run.work / "latents", pictures(run), run.seeds, encode, run.machine.workers)
    return run.of_scenes("latents").float()


def captions(run: Run) -> Captions:
    return scene_captions(Tokenizer(run.spiece), scenes_of(run.seeds), run.machine.device)


def text(run: Run) -> None:
    """A model that training goes on from has a text encoder already."""
    if run.earlier is not None:
        return
    folder = run.work / "text"
    model = Expectation(fresh_text_encoder()).to(run.machine.device).train()
    plan = run.plan("text")
    learn(model, Explaining(model, captions(run), training_latents(run, movq_encoder(run)), plan.batch), plan, folder, run.machine)
    model.text_encoder.cpu().eval().save_pretrained(folder / "text_encoder")


def base(run: Run) -> None:
    latents = training_latents(run, movq_encoder(run))
    denoiser = Denoiser.load(run.earlier) if run.earlier else Denoiser(first_unet(), load_text_encoder(run.work / "text" / "text_encoder"))
    denoiser = denoiser.to(run.machine.device, memory_format=run.machine.layout).train()
    plan = run.plan("base")
    folder = run.work / "base"
    learn(denoiser, Denoising(denoiser, captions(run), latents, plan.batch), plan, folder, run.machine)
    denoiser.cpu().eval().unet.save_pretrained(folder / "unet")
    denoiser.text_encoder.save_pretrained(folder / "text_encoder")
    text_to_image_samples(painter(run, denoiser), Settings(), folder / "samples.png", run.machine.workers)


def inpainting(run: Run) -> None:
    encode = movq_encoder(run)
    latents = training_latents(run, encode)
    write_known(run.work / "known", run.work / "pictures", run.seeds, encode, run.machine.workers)
    denoiser = inpainting_denoiser(Denoiser.load(run.work / "base"), run.earlier)
    denoiser = denoiser.to(run.machine.device, memory_format=run.machine.layout).train()
    plan = run.plan("inpainting")
    folder = run.work / "inpainting"
    words = [caption for seed in run.seeds for _, caption in shard_masks(seed)]
    asked = Captions(Tokenizer(run.spiece), words, range(len(words)), run.machine.device)
    known = run.of_scenes("known").float()
    learn(denoiser, Denoising(denoiser, asked, latents, plan.batch, known), plan, folder, run.machine)
    denoiser.cpu().eval().unet.save_pretrained(folder / "unet")
    inpainting_samples(painter(run, denoiser), Settings(), folder / "samples.png", run.machine.workers)


def painter(run: Run, denoiser: Denoiser) -> Painter:
    denoiser = denoiser.to(run.machine.device, memory_format=run.machine.layout)
    return Painter(denoiser, ready_movq(run.work / "movq", run.machine), Tokenizer(run.spiece), run.machine)


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
        train_judge(judge, run.machine.device)
    measure(run.model, load_judge(judge), run.work / "evaluation", run.machine)


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
