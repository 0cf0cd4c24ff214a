"""The inpainting stage: the base's U-Net learns to see a masked picture; the text encoder stays as it is.

Nine inputs as in the released inpainting U-Net: noisy latents, the mask at latent size (1 = kept), and the latents of the picture whose
masked part is grey. Four outputs.
"""

import random
from collections.abc import Sequence
from pathlib import Path

import numpy
import torch
import torch.nn.functional as functional
from torch import Tensor

from .components import Denoiser, inpainting_unet, load_unet
from .latents import Encode
from .masks import random_mask
from .shards import read_shard, shard_scenes, write_shards


def known_region(pictures: Tensor, masks: Sequence[numpy.ndarray], encode: Encode) -> Tensor:
    """Pictures [N, 128, 128, 3] of uint8 and masks [128, 128] (1 = repaint) -> the five extra channels [N, 5, 16, 16]."""
    repaint = torch.from_numpy(numpy.stack(masks))[:, None]  # [N, 1, 128, 128]
    latents = encode(pictures, hidden=repaint)
    kept = functional.interpolate(1 - repaint, size=latents.shape[-2:])
    return torch.cat([kept, latents], 1)


def write_known(folder: Path, pictures: Path, seeds: Sequence[int], encode: Encode, workers: int) -> None:
    """The known regions of the scenes of each shard, with one random mask a scene."""

    def make(seed: int) -> Tensor:
        return known_region(read_shard(pictures, seed), [mask for mask, _ in shard_masks(seed)], encode).half()

    write_shards(folder, seeds, make, workers)


def shard_masks(seed: int) -> list[tuple[numpy.ndarray, str]]:
    """A mask of each scene, and the caption that goes with it."""
    rng = random.Random(f"masks {seed}")
    return [random_mask(scene, rng) for scene in shard_scenes(seed)]


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
