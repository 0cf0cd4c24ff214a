"""The inpainting stage: the base's U-Net learns to see a masked picture; the text encoder stays as it is.

Nine inputs as in the released inpainting U-Net: noisy latents, the mask at latent size (1 = kept), and the latents of the picture whose
masked part is grey. Four outputs.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy
import torch
import torch.nn.functional as functional
from torch import Tensor

from .atomic import save_whole
from .base import ALIKE, UNCONDITIONAL, of_one_length
from .components import Denoiser, inpainting_unet, load_unet
from .latents import ENCODE_BATCH, Encode, pixels, read_shards, shard_path, shard_scenes
from .masks import random_mask
from .noise import add_noise, random_timesteps, weighted_loss
from .parallel import in_processes
from .scenes import draw
from .text import Tokenizer


@dataclass(frozen=True)
class MaskedLatents:
    """What one scene of each row is painted from: `values` the whole picture, `known` the mask and the masked picture."""

    captions: list[str]
    values: Tensor  # [N, 4, 16, 16]
    known: Tensor  # [N, 5, 16, 16]

    def to(self, device: torch.device) -> "MaskedLatents":
        return MaskedLatents(self.captions, self.values.to(device), self.known.to(device))


def known_region(pictures: Sequence[numpy.ndarray], masks: Sequence[numpy.ndarray], encode: Encode) -> Tensor:
    """Pictures [128, 128, 3] and masks [128, 128] (1 = repaint) -> the five extra channels [N, 5, 16, 16]."""
    repaint = torch.from_numpy(numpy.stack(masks))[:, None]  # [N, 1, 128, 128]
    latents = encode(pixels(pictures) * (1 - repaint))  # grey is 0
    kept = functional.interpolate(1 - repaint, size=latents.shape[-2:])
    return torch.cat([kept, latents], 1)


def write_known(folder: Path, seeds: Sequence[int], encode: Encode, workers: int) -> None:
    """The known regions of the scenes of each shard, with one random mask a scene."""
    folder.mkdir(parents=True, exist_ok=True)
    missing = [seed for seed in seeds if not shard_path(folder, seed).exists()]
    in_processes(lambda share: [write_known_shard(folder, seed, encode) for seed in share], missing, workers)


def write_known_shard(folder: Path, seed: int, encode: Encode) -> Path:
    scenes = shard_scenes(seed)
    masks = [mask for mask, _ in shard_masks(seed)]
    parts = []
    for start in range(0, len(scenes), ENCODE_BATCH):
        part = slice(start, start + ENCODE_BATCH)
        with torch.no_grad():
            parts.append(known_region([numpy.asarray(draw(scene)) for scene in scenes[part]], masks[part], encode).half())
    path = shard_path(folder, seed)
    save_whole(torch.cat(parts), path)
    print(f"known regions of {len(scenes)} scenes: {path.name}", flush=True)
    return path


def shard_masks(seed: int) -> list[tuple[numpy.ndarray, str]]:
    rng = random.Random(f"masks {seed}")
    return [random_mask(scene, rng) for scene in shard_scenes(seed)]


def read_masked(latents_folder: Path, known_folder: Path, seeds: Sequence[int]) -> MaskedLatents:
    captions = [words for seed in seeds for _, words in shard_masks(seed)]
    known = torch.cat([torch.load(shard_path(known_folder, seed), weights_only=True) for seed in seeds]).float()
    return MaskedLatents(captions, read_shards(latents_folder, seeds).values, known)


def inpainting_denoiser(base: Denoiser, earlier: Path | None) -> Denoiser:
    """The base with more inputs; with an `earlier` model folder, plus what inpainting had changed in that one.

    The difference of two fine-tuned networks of one origin can be added to a third (Ilharco et al. 2023, "Editing Models with Task
    Arithmetic"): a better start than none, for a base that was itself trained on from that folder.
    """
    unet = inpainting_unet(base.unet)
    if earlier is not None:
        before = inpainting_unet(load_unet(earlier / "unet")).state_dict()
        after = load_unet(earlier / "unet_inpainting").state_dict()
        unet.load_state_dict({key: weight + after[key] - before[key] for key, weight in unet.state_dict().items()})
    denoiser = Denoiser(unet, base.text_encoder)
    denoiser.text_encoder.requires_grad_(False)
    return denoiser


def inpainting_loss(denoiser: Denoiser, tokenizer: Tokenizer, latents: MaskedLatents, batch: int) -> Callable[[int], Tensor]:
    """The loss of one step; torch's random state is set by the caller."""
    device = latents.values.device

    def loss_of(step: int) -> Tensor:
        candidates = torch.randint(len(latents.captions), (ALIKE * batch,)).tolist()
        words = [latents.captions[index] for index in candidates]
        rows = of_one_length(tokenizer, words, batch, random.Random(step))
        chosen = torch.tensor([candidates[row] for row in rows])
        ids, mask = (tensor.to(device) for tensor in tokenizer([words[row] for row in rows]))
        kept = (torch.rand(batch) >= UNCONDITIONAL).float().to(device)
        with torch.no_grad():
            states = denoiser.encode_text(ids, mask) * kept[:, None, None]
        chosen = chosen.to(device)
        clean = latents.values[chosen]
        noise, timesteps = torch.randn_like(clean), random_timesteps(batch).to(device)
        inputs = torch.cat([add_noise(clean, noise, timesteps), latents.known[chosen]], 1)  # [B, 9, 16, 16]
        inputs = inputs.contiguous(memory_format=torch.channels_last)
        return weighted_loss(denoiser.predict_noise(inputs, timesteps, states, mask * kept[:, None]), noise, timesteps)

    return loss_of
