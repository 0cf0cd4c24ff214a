"""The export stage: the trained parts as one model folder in the diffusers layout, weights in fp16, no path of the machine in it."""

from pathlib import Path

import numpy
from safetensors.numpy import load_file, save_file

from .dimensions import LATENT_CHANNELS
from .errors import TrainingError
from .files import read_json, write_json
from .knowledge import WORDS_FILE, known_words
from .pieces import export_tokenizer

WRITER = {"_diffusers_version": "0.42.1"}

SCHEDULER = {
    "_class_name": "DDPMScheduler",
    **WRITER,
    "beta_end": 0.02,
    "beta_schedule": "squaredcos_cap_v2",
    "beta_start": 0.0001,
    "clip_sample": False,
    "clip_sample_range": 1.0,
    "dynamic_thresholding_ratio": 0.995,
    "num_train_timesteps": 1000,
    "prediction_type": "epsilon",
    "rescale_betas_zero_snr": False,
    "sample_max_value": 1.0,
    "steps_offset": 0,
    "thresholding": False,
    "timestep_spacing": "leading",
    "trained_betas": None,
    "variance_type": "fixed_small",
}
MODEL_INDEX = {
    "_class_name": "Kandinsky3Pipeline",
    **WRITER,
    "movq": ["diffusers", "VQModel"],
    "scheduler": ["diffusers", "DDPMScheduler"],
    "text_encoder": ["transformers", "T5EncoderModel"],
    "tokenizer": ["transformers", "T5Tokenizer"],
    "unet": ["diffusers", "Kandinsky3UNet"],
}
TIED = "encoder.embed_tokens.weight"
"""The text encoder's second name of `shared.weight`; one copy is enough."""


def export_model(movq: Path, text_encoder: Path, unet: Path, inpainting_unet: Path, spiece: Path, target: Path) -> dict[str, int]:
    """Writes the model folder from folders of single parts; returns the number of parameters of each part."""
    counts = {
        "movq": export_part(movq, target / "movq"),
        "text_encoder": export_part(text_encoder, target / "text_encoder", "model.safetensors"),
        "unet": export_part(unet, target / "unet"),
        "unet_inpainting": export_part(inpainting_unet, target / "unet_inpainting"),
    }
    write_json(target / "movq/config.json", part_config(movq))
    encoder = part_config(text_encoder)
    released = {"is_encoder_decoder": True, "num_decoder_layers": encoder["num_layers"], "torch_dtype": "float16"}
    write_json(target / "text_encoder/config.json", {**encoder, **released})
    write_json(target / "unet/config.json", part_config(unet))
    write_json(target / "unet_inpainting/config.json", {**part_config(inpainting_unet), "out_channels": LATENT_CHANNELS})
    export_tokenizer(spiece, target / "tokenizer")
    write_json(target / "scheduler/scheduler_config.json", SCHEDULER)
    write_json(target / "model_index.json", MODEL_INDEX)
    write_json(target / WORDS_FILE, {"words": known_words()})
    return counts


def export_part(source: Path, target: Path, name: str = "diffusion_pytorch_model.safetensors") -> int:
    weights = load_file(source / name)
    if TIED in weights and not numpy.array_equal(weights[TIED], weights["shared.weight"]):
        raise TrainingError(f"{source / name}: {TIED} differs from shared.weight, expected one embedding under two names")
    with numpy.errstate(over="ignore"):  # said better below
        kept = {key: weight.astype(numpy.float16) for key, weight in weights.items() if key != TIED}
    wrong = [key for key, weight in kept.items() if not numpy.isfinite(weight).all()]
    if wrong:
        raise TrainingError(f"{source / name}: {len(wrong)} tensors do not fit fp16, the first is {wrong[0]}")
    target.mkdir(parents=True, exist_ok=True)
    save_file(kept, target / name, metadata={"format": "pt"})
    return sum(weight.size for weight in kept.values())


def part_config(folder: Path) -> dict[str, object]:
    """config.json of a part without the path that it was loaded from."""
    return {key: value for key, value in read_json(folder / "config.json").items() if key != "_name_or_path"}
