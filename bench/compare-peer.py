"""The peer of compare.js: opens a part of a model in PyTorch and runs it when told to, one JSON line per command.

{"part": "unet", "model": DIR, "dtype": "float32", "threads": 2, "height": 64, "width": 64, "tokens": 20}, then "run" lines.
"""

import json
import resource
import sys
import time
from pathlib import Path

import torch
from diffusers import Kandinsky3UNet, VQModel
from safetensors.torch import safe_open
from transformers import T5Config, T5EncoderModel


def weights(file, dtype):
    with safe_open(file, "pt") as opened:
        return {key: opened.get_tensor(key).to(dtype) for key in opened.keys()}


def load(cls, folder, name, dtype):
    config = json.loads((folder / "config.json").read_text())
    with torch.device("meta"):
        network = cls(**{key: value for key, value in config.items() if not key.startswith("_")})
    network.load_state_dict(weights(folder / name, dtype), assign=True)
    return network.eval()


def text_encoder(options, dtype):
    folder = Path(options["model"]) / "text_encoder"
    with torch.device("meta"):
        network = T5EncoderModel(T5Config(**json.loads((folder / "config.json").read_text())))
    network.load_state_dict(weights(folder / "model.safetensors", dtype), strict=False, assign=True)
    network.tie_weights()
    network.eval()
    ids = torch.arange(options["tokens"])[None]
    return lambda: network(ids).last_hidden_state


def unet(options, dtype):
    network = load(Kandinsky3UNet, Path(options["model"]) / "unet", "diffusion_pytorch_model.safetensors", dtype)
    sample = torch.randn(1, network.config.in_channels, options["height"], options["width"]).to(dtype)
    text = torch.randn(1, options["tokens"], network.config.encoder_hid_dim).to(dtype)
    mask = torch.ones(1, options["tokens"], dtype=dtype)
    return lambda: network(sample, 500, encoder_hidden_states=text, encoder_attention_mask=mask).sample


def movq(options, dtype, encode):
    network = load(VQModel, Path(options["model"]) / "movq", "diffusion_pytorch_model.safetensors", dtype)
    channels = 3 if encode else network.config.latent_channels
    x = torch.randn(1, channels, options["height"], options["width"]).to(dtype)
    if encode:
        return lambda: network.encode(x).latents
    return lambda: network.decode(x, force_not_quantize=True).sample


PARTS = {
    "text_encoder": text_encoder,
    "unet": unet,
    "movq_encode": lambda options, dtype: movq(options, dtype, True),
    "movq_decode": lambda options, dtype: movq(options, dtype, False),
}


def usage():
    return resource.getrusage(resource.RUSAGE_SELF)


def main():
    options = json.loads(sys.stdin.readline())
    torch.set_num_threads(options["threads"])
    with torch.inference_mode():
        run = PARTS[options["part"]](options, getattr(torch, options["dtype"]))
        print(json.dumps({"ready": True}), flush=True)
        for _ in sys.stdin:
            before, started = usage(), time.perf_counter()
            result = run()
            seconds, after = time.perf_counter() - started, usage()
            assert torch.isfinite(result).all()
            cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
            print(json.dumps({"seconds": seconds, "cpu": cpu, "peakBytes": after.ru_maxrss * 1024}), flush=True)


main()
