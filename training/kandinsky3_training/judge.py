"""A small classifier that reads back from a picture what its caption asked for.

It never sees a generated picture in training: it learns on scenes drawn for it alone (other seeds than the model's), blurred and noised at
random so that a soft edge does not confuse it. Held-out pairs are among them, for it must recognise what the model has never seen.
"""

import random
from collections.abc import Sequence
from pathlib import Path

import numpy
import torch
import torch.nn.functional as functional
from torch import Tensor, nn

from .pictures import pixels
from .reading import ATTRIBUTES, CLASSES, Reading
from .scenes import Scene, draw, random_scene

JUDGE_SIDE = 64
HELD_OUT_SHARE = 0.1


class Judge(nn.Module):
    """Four strided convolutions, one hidden layer, one linear head an attribute. Input [N, 3, 64, 64] in -1..1."""

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for inputs, outputs in ((3, 32), (32, 64), (64, 96), (96, 128)):
            layers += [nn.Conv2d(inputs, outputs, 3, stride=2, padding=1), nn.BatchNorm2d(outputs), nn.ReLU()]
        self.features = nn.Sequential(*layers, nn.Flatten(), nn.Linear(128 * 4 * 4, 384), nn.ReLU())
        self.heads = nn.ModuleDict({attribute: nn.Linear(384, len(CLASSES[attribute])) for attribute in ATTRIBUTES})

    def forward(self, pictures: Tensor) -> dict[str, Tensor]:
        features = self.features(pictures)
        return {attribute: head(features) for attribute, head in self.heads.items()}

    @torch.no_grad()
    def read(self, pictures: Sequence[numpy.ndarray]) -> list[Reading]:
        """Of pictures [128, 128, 3]."""
        self.eval()
        readings: list[Reading] = []
        for start in range(0, len(pictures), 100):
            scores = self(functional.avg_pool2d(pixels(pictures[start : start + 100]), 2))
            best = {attribute: scores[attribute].argmax(1).tolist() for attribute in ATTRIBUTES}
            count = len(best[ATTRIBUTES[0]])
            readings += [Reading(**{a: CLASSES[a][best[a][row]] for a in ATTRIBUTES}) for row in range(count)]
        return readings


def targets(scenes: Sequence[Scene]) -> dict[str, Tensor]:
    readings = [Reading.of(scene) for scene in scenes]
    return {a: torch.tensor([CLASSES[a].index(getattr(reading, a)) for reading in readings]) for a in ATTRIBUTES}


def judge_scenes(seed: int, count: int) -> tuple[list[Scene], Tensor]:
    """Scenes and their pictures [N, 3, 64, 64], uint8: drawn at half size, which is what averaging a picture amounts to."""
    rng = random.Random(seed)
    scenes = [random_scene(rng, held_out=rng.random() < HELD_OUT_SHARE) for _ in range(count)]
    pictures = numpy.stack([numpy.asarray(draw(scene, JUDGE_SIDE)) for scene in scenes])
    return scenes, torch.from_numpy(pictures).permute(0, 3, 1, 2).contiguous()


def roughen(pictures: Tensor) -> Tensor:
    """Half of the pictures blurred, all of them with a little noise."""
    blurred = functional.avg_pool2d(functional.pad(pictures, (1, 1, 1, 1), mode="replicate"), 3, stride=1)
    some, blur, level = torch.rand(3, len(pictures), 1, 1, 1, device=pictures.device)
    amount = blur * (some < 0.5)
    noise = torch.randn_like(pictures) * level * 0.08
    return pictures.lerp(blurred, amount) + noise


def train_judge(path: Path, device: torch.device, scenes_count: int = 12_000, epochs: int = 8, batch: int = 64, seed: int = 500) -> Judge:
    """Trains and saves; about three minutes of one core."""
    torch.manual_seed(seed)
    judge = Judge().to(device, memory_format=torch.channels_last).train()
    optimizer = torch.optim.AdamW(judge.parameters(), lr=2e-3, weight_decay=1e-3)
    scenes, pictures = judge_scenes(seed, scenes_count)
    pictures, truth = pictures.to(device), {attribute: numbers.to(device) for attribute, numbers in targets(scenes).items()}
    steps = epochs * (scenes_count // batch)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=2e-3, total_steps=steps)
    for step in range(steps):
        if step % (scenes_count // batch) == 0:
            order = torch.randperm(scenes_count).to(device)
        chosen = order[(step % (scenes_count // batch)) * batch :][:batch]
        inputs = roughen(pictures[chosen].float() / 127.5 - 1).contiguous(memory_format=torch.channels_last)
        scores = judge(inputs)
        loss = sum(functional.cross_entropy(scores[a], truth[a][chosen], label_smoothing=0.02) for a in ATTRIBUTES)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        if step % 200 == 0:
            print(f"judge: step {step}/{steps}  loss {float(loss.detach()):.3f}", flush=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    torch.save(judge.cpu().state_dict(), path)
    return judge.eval()


def load_judge(path: Path) -> Judge:
    judge = Judge()
    judge.load_state_dict(torch.load(path, weights_only=True))
    return judge.eval()
