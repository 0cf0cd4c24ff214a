"""The peer of full-unet.js: the same weights in diffusers' Kandinsky3UNet, one pass over the batch of both texts per step.

python bench/full-unet-peer.py MODEL [--dtype float32|bfloat16] [--steps 2] [--size 64] [--tokens 20] [--threads 2]
"""

import argparse
import json
import resource
import time
from pathlib import Path

import torch
from diffusers import Kandinsky3UNet
from safetensors.torch import safe_open

parser = argparse.ArgumentParser()
parser.add_argument("model", type=Path)
parser.add_argument("--dtype", default="float32")
parser.add_argument("--steps", type=int, default=2)
parser.add_argument("--size", type=int, default=64)
parser.add_argument("--tokens", type=int, default=20)
parser.add_argument("--threads", type=int, default=2)
options = parser.parse_args()

torch.set_num_threads(options.threads)
dtype = getattr(torch, options.dtype)
folder = options.model / "unet"
config = json.loads((folder / "config.json").read_text())
started = time.perf_counter()
with torch.device("meta"):
    unet = Kandinsky3UNet(**{key: value for key, value in config.items() if not key.startswith("_")})
with safe_open(folder / "diffusion_pytorch_model.safetensors", "pt") as weights:
    state = {key: weights.get_tensor(key).to(dtype) for key in weights.keys()}
unet.load_state_dict(state, assign=True)
del state
unet.eval()
print(f"open: {time.perf_counter() - started:.1f} s", flush=True)

generator = torch.Generator().manual_seed(0)
sample = torch.randn(1, 4, options.size, options.size, generator=generator).to(dtype).repeat(2, 1, 1, 1)
texts = torch.randn(2, options.tokens, unet.config.encoder_hid_dim, generator=generator).to(dtype)
texts[1] = 0
mask = torch.ones(2, options.tokens, dtype=dtype)
mask[1] = 0
with torch.inference_mode():
    for step in range(options.steps):
        started = time.perf_counter()
        noise = unet(sample, 999 - step * 500, encoder_hidden_states=texts, encoder_attention_mask=mask).sample
        print(f"step {step + 1}: {time.perf_counter() - started:.2f} s", flush=True)
        assert torch.isfinite(noise).all()
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
print(f"peak: {peak / 1e9:.1f} GB, {options.threads} threads, {options.dtype}")
