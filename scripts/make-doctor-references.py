"""Makes reference/: what `kandinsky3 doctor` compares every kind of block with.

The numbers come from diffusers and transformers on tiny networks whose weights and inputs follow a formula that
src/pipeline/doctor/formula.ts repeats, so they do not depend on any trained model.

    python scripts/make-doctor-references.py [TOKENIZER_FOLDER]

TOKENIZER_FOLDER holds the spiece.model to compare tokens with (default: test/fixtures/diffusers/tiny/tokenizer).
"""

import json
import shutil
import sys
from pathlib import Path

import diffusers
import numpy as np
import sentencepiece
import torch
import transformers
from diffusers import DDPMScheduler, Kandinsky3UNet, VQModel
from safetensors.numpy import save_file
from transformers import T5Config, T5EncoderModel

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "reference"
LEAST_TOLERANCE = 1e-5
ROUNDINGS = 20

T5 = dict(
    d_model=32, d_kv=8, d_ff=64, num_layers=2, num_heads=4, vocab_size=64, relative_attention_num_buckets=32,
    relative_attention_max_distance=128, layer_norm_epsilon=1e-6, feed_forward_proj="gated-silu",
)
UNET = dict(
    in_channels=4, time_embedding_dim=16, groups=2, attention_head_dim=4, layers_per_block=2,
    block_out_channels=[8, 8, 12, 16], cross_attention_dim=24, encoder_hid_dim=32,
)
MOVQ = dict(
    in_channels=3, out_channels=3, latent_channels=4, vq_embed_dim=4, num_vq_embeddings=32, block_out_channels=[32, 32],
    layers_per_block=1, norm_num_groups=16, norm_type="spatial",
    down_block_types=["DownEncoderBlock2D", "AttnDownEncoderBlock2D"],
    up_block_types=["AttnUpDecoderBlock2D", "UpDecoderBlock2D"],
)
SCHEDULER = dict(
    num_train_timesteps=1000, beta_schedule="squaredcos_cap_v2", beta_start=0.0001, beta_end=0.02,
    variance_type="fixed_small", clip_sample=False, prediction_type="epsilon", thresholding=True,
    dynamic_thresholding_ratio=0.99, sample_max_value=1.5, timestep_spacing="leading", steps_offset=0,
)
TEXTS = ["a red house in the snow", "  Fünf  Äpfel, naïve café ", "ﬁne ½ ℌ 東京 🦊", ""]
SEEDS = [0, 7, 2**32 + 5]
STEPS = 4


def uniform(name, count):
    """Numbers in -1..1 that a name and an index decide: 32-bit integer arithmetic, the same everywhere."""
    seed = np.uint32(2166136261)
    with np.errstate(over="ignore"):
        for byte in name.encode():
            seed = np.uint32((seed ^ np.uint32(byte)) * np.uint32(16777619))
        x = np.arange(count, dtype=np.uint32) * np.uint32(0x9E3779B9) + seed
        x ^= x >> np.uint32(16)
        x *= np.uint32(0x85EBCA6B)
        x ^= x >> np.uint32(13)
        x *= np.uint32(0xC2B2AE35)
        x ^= x >> np.uint32(16)
    return (x >> np.uint32(8)).astype(np.float64) / 2**23 - 1


def weight(name, shape):
    numbers = uniform(name, int(np.prod(shape)))
    if len(shape) < 2:
        numbers = 0.1 * numbers + (1 if name.endswith("weight") else 0)
    else:
        numbers = np.sqrt(3 / np.prod(shape[1:])) * numbers
    return torch.from_numpy(numbers.astype(np.float32).reshape(shape))


def given(name, *shape):
    return torch.from_numpy(uniform(f"input/{name}", int(np.prod(shape))).astype(np.float32).reshape(shape))


def fill(part, model):
    state = {key: weight(f"{part}/{key}", tuple(value.shape)) for key, value in model.state_dict().items()}
    if "shared.weight" in state:
        state["encoder.embed_tokens.weight"] = state["shared.weight"]
    model.load_state_dict(state)
    return model.eval()


def tapped(model, paths, run):
    """The outputs of the named modules in one run."""
    seen = {}

    def hook(path):
        def keep(_module, _inputs, output):
            seen[path] = (output[0] if isinstance(output, tuple) else output).detach().clone()

        return keep

    handles = [model.get_submodule(path).register_forward_hook(hook(path)) for path in paths]
    seen["output"] = run(model).detach().clone()
    for handle in handles:
        handle.remove()
    return seen


def both(part, model, paths, run, tensors, tolerances):
    """Runs in float32 and in float64; how far they are apart says what another order of sums may change."""
    single = tapped(model, paths, lambda m: run(m, torch.float32))
    double = tapped(model.double(), paths, lambda m: run(m, torch.float64))
    model.float()
    for path, value in single.items():
        error = (value.double() - double[path]).abs().max().item()
        tensors[f"{part}/{path}"] = value.float().numpy()
        tolerances[f"{part}/{path}"] = max(LEAST_TOLERANCE, ROUNDINGS * error)


@torch.no_grad()
def main():
    tokenizer = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "test/fixtures/diffusers/tiny/tokenizer"
    torch.set_num_threads(1)
    tensors, tolerances = {}, {}

    ids = torch.tensor([[3, 17, 42, 5, 1]])
    encoder = fill("text_encoder", T5EncoderModel(T5Config(**T5, num_decoder_layers=2)))
    blocks = ["encoder.block.0", "encoder.block.1", "encoder.final_layer_norm"]
    both("text_encoder", encoder, blocks, lambda m, _dtype: m(ids).last_hidden_state, tensors, tolerances)

    unet = fill("unet", Kandinsky3UNet(**{**UNET, "block_out_channels": tuple(UNET["block_out_channels"])}))
    mask = torch.tensor([[1, 1, 1, 1, 0]])
    levels = [f"{side}_blocks.{level}" for side in ("down", "up") for level in range(4)]
    inner = [
        "down_blocks.0.resnets_in.0", "down_blocks.0.resnets_out.1", "down_blocks.1.attentions.0",
        "down_blocks.1.attentions.1", "up_blocks.0.attentions.0", "up_blocks.1.resnets_in.0",
    ]
    both(
        "unet", unet, ["time_embedding", "encoder_hid_proj", "add_time_condition", *inner, *levels],
        lambda m, dtype: m(
            given("sample", 1, 4, 8, 8).to(dtype), torch.tensor([321]),
            encoder_hidden_states=given("encoder_hidden_states", 1, 5, 32).to(dtype), encoder_attention_mask=mask,
        ).sample,
        tensors, tolerances,
    )

    movq = fill("movq", VQModel(**MOVQ))
    both(
        "movq_encoder", movq, ["encoder.down_blocks.0", "encoder.down_blocks.1", "encoder.mid_block"],
        lambda m, dtype: m.encode(given("image", 1, 3, 16, 16).to(dtype)).latents, tensors, tolerances,
    )
    both(
        "movq_decoder", movq, ["decoder.mid_block", "decoder.up_blocks.0", "decoder.up_blocks.1"],
        lambda m, dtype: m.decode(given("latents", 1, 4, 8, 8).to(dtype), force_not_quantize=True).sample, tensors, tolerances,
    )
    both(
        "movq_codebook", movq, [],
        lambda m, dtype: m.quantize(given("latents", 1, 4, 8, 8).to(dtype))[0], tensors, tolerances,
    )

    scheduler = DDPMScheduler(**SCHEDULER)
    scheduler.set_timesteps(STEPS)
    sample = given("scheduler_sample", 1, 4, 4, 4)
    generator = torch.Generator().manual_seed(3)
    for index, timestep in enumerate(scheduler.timesteps):
        output = given(f"scheduler_output_{index}", 1, 4, 4, 4)
        sample = scheduler.step(output, timestep, sample, generator=generator).prev_sample
        tensors[f"scheduler/step_{index}"] = sample.numpy()
        tolerances[f"scheduler/step_{index}"] = LEAST_TOLERANCE
    for seed in SEEDS:
        noise = torch.randn((1, 4, 3, 9), generator=torch.Generator().manual_seed(seed))
        tensors[f"noise/seed_{seed}"] = noise.numpy()
        tolerances[f"noise/seed_{seed}"] = 1e-6  # The last bit of a logarithm may differ between processors.

    shutil.copyfile(tokenizer / "spiece.model", OUT / "spiece.model")
    pieces = sentencepiece.SentencePieceProcessor(model_file=str(OUT / "spiece.model"))
    save_file({key: np.ascontiguousarray(value) for key, value in tensors.items()}, OUT / "blocks.safetensors")
    versions = {module.__name__: module.__version__ for module in (diffusers, transformers, torch, sentencepiece)}
    description = {
        "made_with": versions,
        "text_encoder": T5, "unet": UNET, "movq": MOVQ, "scheduler": SCHEDULER, "scheduler_steps": STEPS,
        "seeds": [str(seed) for seed in SEEDS],
        "tokens": [{"text": text, "ids": [*pieces.encode(text), 1]} for text in TEXTS],
        "tolerances": tolerances,
    }
    (OUT / "reference.json").write_text(json.dumps(description, indent=2, ensure_ascii=False) + "\n")


main()
