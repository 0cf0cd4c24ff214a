"""The model's parts: their dimensions, made afresh or read from a folder in the diffusers layout (models/nano is one)."""

from pathlib import Path

import torch
from diffusers import Kandinsky3UNet, VQModel
from safetensors.torch import load_file
from torch import nn
from transformers import T5Config, T5EncoderModel

from .dimensions import INPAINTING_CHANNELS, LATENT_CHANNELS, TEXT_ENCODER, UNET
from .identity import start_as_identity


class Denoiser(nn.Module):
    """A U-Net and the text encoder that it listens to."""

    def __init__(self, unet: Kandinsky3UNet, text_encoder: T5EncoderModel) -> None:
        super().__init__()
        self.unet = unet
        self.text_encoder = text_encoder

    @staticmethod
    def load(model: Path, unet: str = "unet") -> "Denoiser":
        """From a model folder; `unet` names the sub-folder of the U-Net."""
        return Denoiser(load_unet(model / unet), load_text_encoder(model / "text_encoder"))

    def encode_text(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """ids and mask [B, L] -> states [B, L, width], zero where the mask is."""
        return self.text_encoder(input_ids=ids, attention_mask=mask).last_hidden_state * mask[..., None]

    def predict_noise(self, inputs: torch.Tensor, timesteps: torch.Tensor, states: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """inputs [B, 4 or 9, h, w] -> noise [B, 4, h, w]."""
        weight = self.unet.conv_in.weight
        layout = torch.channels_last if weight.is_contiguous(memory_format=torch.channels_last) else torch.contiguous_format
        inputs = inputs.to(weight.dtype).contiguous(memory_format=layout)
        return self.unet(inputs, timesteps, encoder_hidden_states=states.to(weight.dtype), encoder_attention_mask=mask).sample


def first_unet() -> Kandinsky3UNet:
    """An untrained one, which returns its input."""
    return start_as_identity(Kandinsky3UNet(**UNET))


def fresh_text_encoder() -> T5EncoderModel:
    text_encoder = T5EncoderModel(T5Config(**TEXT_ENCODER))
    nn.init.normal_(text_encoder.shared.weight, std=0.3)  # T5's own 1.0 drowns the position bias at this width
    return text_encoder


def load_movq(folder: Path) -> VQModel:
    return VQModel.from_pretrained(folder, torch_dtype=torch.float32).eval()


def load_text_encoder(folder: Path) -> T5EncoderModel:
    return T5EncoderModel.from_pretrained(folder, dtype=torch.float32).eval()


def load_unet(folder: Path) -> Kandinsky3UNet:
    """A base or an inpainting U-Net. diffusers gives a U-Net as many outputs as inputs; the released inpainting one has four."""
    config = Kandinsky3UNet.load_config(folder)
    outputs = config.pop("out_channels", config["in_channels"])
    unet = Kandinsky3UNet.from_config(config)
    if outputs != config["in_channels"]:
        unet.conv_out = nn.Conv2d(unet.conv_out.in_channels, outputs, kernel_size=3, padding=1)
    weights = load_file(folder / "diffusion_pytorch_model.safetensors")
    unet.load_state_dict({key: weight.float() for key, weight in weights.items()})
    return unet.eval()


def inpainting_unet(base: Kandinsky3UNet) -> Kandinsky3UNet:
    """The base with more input channels; the new ones start at zero, so that training begins where the base ended."""
    unet = Kandinsky3UNet.from_config({**base.config, "in_channels": INPAINTING_CHANNELS})
    unet.conv_out = nn.Conv2d(unet.conv_out.in_channels, LATENT_CHANNELS, kernel_size=3, padding=1)
    weights = base.state_dict()
    widened = torch.zeros_like(unet.conv_in.weight)
    widened[:, :LATENT_CHANNELS] = weights["conv_in.weight"]
    unet.load_state_dict({**weights, "conv_in.weight": widened})
    return unet
