"""A first state for the base U-Net in which it predicts its own input as the noise, the best guess for one that knows nothing.

Kandinsky 3's U-Net has no connection from its input to its output at full size: its outermost skip starts behind a 2x2 convolution of
stride 2, and a group norm and a SiLU stand before the last convolution. From a random start it spends most of a small training run on
learning to copy the noise through all of that exactly. But every shortcut on that way is linear, so a copy can be laid into them:

- conv_in hands the latents z on, the strided shortcut folds 2x2 of them into 4 times as many channels, and the skip carries those;
- the transposed shortcut of the last level unfolds them to z and -z: SiLU(z) - SiLU(-z) is z again;
- constants beside them in the same group of the last norm keep its deviation from following the picture's;
- every residual branch starts at zero (Goyal et al. 2017), and so do the other inputs of the last convolution.

All of these weights are trained on like the others.
"""

import torch
from diffusers import Kandinsky3UNet
from torch import Tensor, nn

FOLD = 2
"""Side of the strided convolutions' kernels."""

CONSTANT = 3.0
"""Of deviation 1, noise in a group of the last norm; these constants are what mostly sets that group's deviation."""


@torch.no_grad()
def start_as_identity(unet: Kandinsky3UNet) -> Kandinsky3UNet:
    """Lays the copy into the shortcuts of a fresh U-Net with two blocks a level."""
    quiet_branches(unet)
    latents = unet.conv_in.in_channels
    plus, minus, constants = places(latents, unet.conv_norm_out.num_channels // unet.conv_norm_out.num_groups)
    folded = latents * FOLD * FOLD

    copy_center(unet.conv_in, range(latents), range(latents))
    first, fold = unet.down_blocks[0].resnets_in[0].shortcut_projection, unet.down_blocks[0].resnets_out[-1].shortcut_down_sample
    copy_center(first, range(latents), range(latents))
    for channel in range(folded):
        fold.weight[channel] = 0
        fold.bias[channel] = 0
        fold.weight[(channel, *corner(channel))] = 1

    last = unet.up_blocks[-1]
    unfold, narrow, out = last.resnets_in[0].shortcut_up_sample, last.resnets_out[0].shortcut_projection, last.resnets_out[-1].shortcut_projection
    skip = unfold.in_channels - unet.config.block_out_channels[0]  # the skip comes second
    signed = [*((channel, 1.0) for channel in range(latents)), *((channel, -1.0) for channel in range(latents))]
    unfold.weight[:, : len(signed)] = 0
    unfold.bias[: len(signed)] = 0
    for target, (latent, sign) in enumerate(signed):
        for channel in range(folded):
            source, row, column = corner(channel)
            if source == latent:
                unfold.weight[skip + channel, target, row, column] = sign
    copy_center(narrow, range(len(signed)), range(len(signed)))
    copy_center(out, [*plus, *minus], range(len(signed)))
    for number, channel in enumerate(constants):
        out.weight[channel] = 0
        out.bias[channel] = CONSTANT if number % 2 == 0 else -CONSTANT

    group = unet.conv_norm_out.num_channels // unet.conv_norm_out.num_groups
    pairs = min(latents, (group - 2) // 2)
    deviation = ((2 * pairs + 2 * CONSTANT**2) / group) ** 0.5
    unet.conv_out.weight.zero_()
    unet.conv_out.bias.zero_()
    middle = unet.conv_out.kernel_size[0] // 2
    for latent in range(latents):
        unet.conv_out.weight[latent, plus[latent], middle, middle] = deviation
        unet.conv_out.weight[latent, minus[latent], middle, middle] = -deviation
    return unet


def places(latents: int, group: int) -> tuple[list[int], list[int], list[int]]:
    """Which channels before the last norm are z, which -z, and which constants: as many pairs as leave a group room for two constants."""
    pairs = (group - 2) // 2
    if pairs < 1 or latents % min(pairs, latents):
        raise ValueError(f"groups of {group} channels in the last norm, expected a size that holds pairs of {latents} latents and two constants")
    pairs = min(pairs, latents)
    starts = [group * (latent // pairs) + 2 * (latent % pairs) for latent in range(latents)]
    constants = [group * number + 2 * pairs + side for number in range(latents // pairs) for side in (0, 1)]
    return starts, [start + 1 for start in starts], constants


def corner(channel: int) -> tuple[int, int, int]:
    """Which latent and which row and column of its 2x2 square a folded channel holds."""
    latent, place = divmod(channel, FOLD * FOLD)
    return latent, place // FOLD, place % FOLD


def copy_center(conv: nn.Conv2d, targets: "list[int] | range", sources: "list[int] | range") -> None:
    """Lets these outputs be these inputs, by the kernel's central value alone."""
    middle = conv.kernel_size[0] // 2
    for target, source in zip(targets, sources, strict=True):
        conv.weight[target] = 0
        conv.bias[target] = 0
        conv.weight[target, source, middle, middle] = 1


def quiet_branches(unet: Kandinsky3UNet) -> None:
    """Lets every residual branch begin at zero."""
    for level in (*unet.down_blocks, *unet.up_blocks):
        for block in (*level.resnets_in, *level.resnets_out):
            quiet(block.resnet_blocks[-1].projection)
        for block in level.attentions:
            if not isinstance(block, nn.Identity):
                quiet(block.attention.to_out[0])
                quiet(block.feed_forward[-1])


def quiet(layer: nn.Module) -> None:
    tensors: tuple[Tensor | None, ...] = (layer.weight, layer.bias)
    for tensor in tensors:
        if tensor is not None:
            tensor.zero_()
