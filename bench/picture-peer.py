"""A picture by diffusers: MODEL PROMPT STEPS THREADS GUIDANCE_SCALE [FILE]. Without a file it ends with the latents."""

import sys

import torch
from diffusers import Kandinsky3Pipeline

model, prompt, steps, threads, guidance_scale, *files = sys.argv[1:]
torch.set_num_threads(int(threads))
pipe = Kandinsky3Pipeline.from_pretrained(model, torch_dtype=torch.float32)
pipe.set_progress_bar_config(disable=True)
side = 128
made = pipe(
    prompt,
    num_inference_steps=int(steps),
    guidance_scale=float(guidance_scale),
    height=side,
    width=side,
    generator=torch.Generator().manual_seed(1),
    output_type="pil" if files else "latent",
)
if files:
    made.images[0].save(files[0])
