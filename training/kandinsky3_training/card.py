"""The model card: what the model is, what it knows, and the figures of its evaluation."""

from collections.abc import Mapping
from pathlib import Path

from .dimensions import MOVQ, UNET
from .files import write_json
from .scenes import SIDE
from .shapes import SHAPES
from .vocabulary import COLOURS, HELD_OUT, PLACES, SETTINGS

Figures = Mapping[str, Mapping[str, float]]
"""As measure.py writes them: what was measured, then the names of single figures."""

SWEPT = "sweep: "

GOALS: Mapping[str, float] = {
    "object": 0.95,
    "colour": 0.97,
    "place": 0.95,
    "background": 0.98,
    "both objects": 0.85,
    "unseen pair": 0.80,
}
MEANINGS: Mapping[str, str] = {
    "object": "object, of prompts for one",
    "colour": "colour, of prompts for one object",
    "place": "place of a small object",
    "background": "background",
    "both objects": "both objects of two",
    "both objects and their colours": "both objects of two and both colours",
    "unseen pair": "object and colour of a pair never seen in training",
    "whole caption": "everything that the caption says",
}


def write_card(model: Path, figures: Figures, parameters: Mapping[str, int]) -> None:
    """Writes README.md and generation_config.json into the model folder, from what the evaluation measured."""
    defaults = figures["defaults"]
    write_json(
        model / "generation_config.json",
        {"height": SIDE, "width": SIDE, "num_inference_steps": int(defaults["steps"]), "guidance_scale": defaults["guidance"]},
    )
    (model / "README.md").write_text(card_text(figures, parameters))


def card_text(measured: Figures, parameters: Mapping[str, int]) -> str:
    scores, inpainting, defaults, judged = (measured[name] for name in ("text to image", "inpainting", "defaults", "judge"))
    sections = [
        "---\nlicense: apache-2.0\npipeline_tag: text-to-image\n---\n",
        "# kandinsky3 nano\n",
        "A very small Kandinsky 3: the same parts and the same blocks as the released model, trained for this project on pictures that a\n"
        "program draws, so that the software can be tried anywhere in seconds. It knows nothing but what is listed here. Anyone can make it\n"
        "again, or train it on: see `training/` in the repository. No pictures of others were used.\n",
        dimensions_table(parameters),
        knowledge(),
        "## How good it is\n",
        f"A classifier reads the pictures of {scores['prompts']:.0f} prompts ({settings_words(defaults)}).\n"
        f"On drawn scenes that it had never seen it reads {percent(judged['whole caption'])} without any mistake.\n",
        table(("what is right", "of pictures", "goal"), [(MEANINGS[name], percent(scores[name]), goal(name)) for name in MEANINGS]),
        f"Inpainting: an object of a drawn scene is masked and another one asked for, {inpainting['cases']:.0f} times.\n",
        table(
            ("inpainting", "measured", "goal"),
            [
                ("objects of the finished picture", percent(inpainting["object"]), "85 %"),
                ("their colours", percent(inpainting["colour"]), ""),
                ("background", percent(inpainting["background"]), ""),
                ("error of the seam, of 255 levels", f"{inpainting['seam error']:.1f}", ""),
                ("kept part as decoded, before it is put back", f"{inpainting['kept part']:.1f} dB", ""),
            ],
        ),
        f"Reconstruction by MoVQ, mean over unseen scenes: {measured['reconstruction']['psnr']:.1f} dB (goal: 30).\n",
        sweep_table({name.removeprefix(SWEPT): found for name, found in measured.items() if name.startswith(SWEPT)}),
    ]
    return "\n".join(sections)


def dimensions_table(parameters: Mapping[str, int]) -> str:
    rows = [
        ("text encoder (T5, gated SiLU)", millions(parameters["text_encoder"]), "3 layers, d_model 128, 4 × 32 heads, 2,000 pieces"),
        ("U-Net", millions(parameters["unet"]), f"channels {channels(UNET)}, 2 blocks a level, heads of 32, time 128, text 128"),
        ("inpainting U-Net (`unet_inpainting/`)", millions(parameters["unet_inpainting"]), "the same, 9 input and 4 output channels"),
        ("MoVQ", millions(parameters["movq"]), f"channels {channels(MOVQ)}, 1 block a level, 4 latent channels, 8× smaller"),
    ]
    return table(("part", "parameters", "dimensions"), rows)


def settings_words(settings: Mapping[str, float]) -> str:
    guidance = f"guidance scale {settings['guidance']:g}" if settings["guidance"] > 1 else "no guidance"
    return f"{settings['steps']:.0f} steps, {guidance}"


def channels(dimensions: Mapping[str, object]) -> str:
    return "/".join(map(str, dimensions["block_out_channels"]))


def knowledge() -> str:
    held_out = ", ".join(sorted(f"{colour} {shape}" for colour, shape in HELD_OUT))
    places = "|".join(PLACES)
    settings = ", ".join(f"`{setting}`" for setting in SETTINGS)
    return (
        f"Pictures: {SIDE}×{SIDE}. Prompts: `a[n] COLOUR OBJECT`, `a small COLOUR OBJECT {places}`, two objects joined by `and`, `next to`,\n"
        f"`left of`, `right of`, `above`, `below`; then `on a COLOUR background` or {settings}.\n\n"
        f"Objects: {', '.join(SHAPES)}.\n\nColours: {', '.join(COLOURS)}.\n\nNever shown in training: {held_out}.\n\n"
        "Made for the `ddpm` sampler. The dynamic thresholding of the original's (`--sampler original`) squeezes latents into -1..1, where those of\n"
        "this MoVQ, of deviation 1, do not fit.\n"
    )


def sweep_table(sweep: Mapping[str, Mapping[str, float]]) -> str:
    shown = ("whole caption", "object", "background")
    rows = [(setting, *(percent(scores[name]) for name in shown)) for setting, scores in sweep.items()]
    return "How the defaults were chosen, on fewer prompts; a scale of 1 is no guidance:\n\n" + table(("setting", *shown), rows)


def table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def goal(name: str) -> str:
    return f"{100 * GOALS[name]:.0f} %" if name in GOALS else ""


def percent(value: float) -> str:
    return f"{100 * value:.1f} %"


def millions(count: int) -> str:
    return f"{count / 1e6:.2f} M"
