"""The export on made-up weights, and the model card. Needs numpy, safetensors, sentencepiece and protobuf."""

import json
import string
import tempfile
import unittest
from pathlib import Path

import numpy
from safetensors.numpy import load_file, save_file
from sentencepiece import SentencePieceProcessor

from kandinsky3_training.card import MEANINGS, write_card
from kandinsky3_training.errors import TrainingError
from kandinsky3_training.export import TIED, export_model
from kandinsky3_training.knowledge import known_words
from kandinsky3_training.pieces import EXTRA_IDS, PIECES, train_pieces

UNET = "diffusion_pytorch_model.safetensors"


class Export(unittest.TestCase):
    folder: Path

    @classmethod
    def setUpClass(cls) -> None:
        cls.temporary = tempfile.TemporaryDirectory()
        cls.folder = Path(cls.temporary.name)
        cls.spiece = train_pieces(cls.folder / "tokenizer")

    @classmethod
    def tearDownClass(cls) -> None:
        cls.temporary.cleanup()

    def part(self, name: str, file: str = UNET, weights: dict[str, numpy.ndarray] | None = None, **config: object) -> Path:
        folder = self.folder / self.id() / name
        folder.mkdir(parents=True)
        save_file(weights or {"conv_in.weight": numpy.linspace(-1, 1, 36, dtype=numpy.float32).reshape(4, 9)}, folder / file)
        (folder / "config.json").write_text(json.dumps({"_name_or_path": str(folder), **config}))
        return folder

    def export(self, **parts: Path) -> tuple[Path, dict[str, int]]:
        embedding = numpy.ones((8, 4), numpy.float32)
        sources = {
            "movq": parts.get("movq") or self.part("movq"),
            "text_encoder": parts.get("text_encoder")
            or self.part("text_encoder", "model.safetensors", {"shared.weight": embedding, TIED: embedding}, num_layers=3),
            "unet": parts.get("unet") or self.part("unet", in_channels=4),
            "inpainting_unet": self.part("inpainting", in_channels=9),
        }
        target = self.folder / self.id() / "model"
        return target, export_model(**sources, spiece=self.spiece, target=target)

    def test_weights_are_half_floats_and_the_embedding_is_there_once(self) -> None:
        target, counts = self.export()
        unet = load_file(target / "unet" / UNET)
        self.assertEqual(unet["conv_in.weight"].dtype, numpy.float16)
        self.assertTrue(numpy.allclose(unet["conv_in.weight"], numpy.linspace(-1, 1, 36).reshape(4, 9), atol=5e-4))
        self.assertEqual(list(load_file(target / "text_encoder/model.safetensors")), ["shared.weight"])
        self.assertEqual(counts, {"movq": 36, "text_encoder": 32, "unet": 36, "unet_inpainting": 36})

    def test_no_path_of_this_machine_is_in_the_model(self) -> None:
        target, _ = self.export()
        for file in target.rglob("*"):
            if file.is_file():
                self.assertNotIn(str(self.folder).encode(), file.read_bytes(), file)

    def test_the_inpainting_unet_says_that_it_has_four_outputs(self) -> None:
        target, _ = self.export()
        config = json.loads((target / "unet_inpainting/config.json").read_text())
        self.assertEqual((config["in_channels"], config["out_channels"]), (9, 4))

    def test_the_tokenizer_reads_captions_and_knows_its_extra_ids(self) -> None:
        target, _ = self.export()
        pieces = SentencePieceProcessor(model_file=str(target / "tokenizer/spiece.model"))
        self.assertEqual(pieces.get_piece_size(), PIECES)
        self.assertEqual(pieces.decode(pieces.encode("a red cat at night")), "a red cat at night")
        self.assertNotIn(pieces.unk_id(), pieces.encode(string.printable.strip()))
        added = json.loads((target / "tokenizer/added_tokens.json").read_text())
        self.assertEqual(sorted(added.values()), list(range(PIECES, PIECES + EXTRA_IDS)))

    def test_the_words_that_it_knows_travel_with_the_model(self) -> None:
        target, _ = self.export()
        self.assertEqual(json.loads((target / "known_words.json").read_text()), {"words": known_words()})

    def test_a_weight_too_large_for_half_floats_is_an_error(self) -> None:
        unet = self.part("large", weights={"conv_in.weight": numpy.array([1e6], numpy.float32)}, in_channels=4)
        with self.assertRaisesRegex(TrainingError, "do not fit fp16, the first is conv_in.weight"):
            self.export(unet=unet)

    def test_two_different_embeddings_are_an_error(self) -> None:
        weights = {"shared.weight": numpy.ones(4, numpy.float32), TIED: numpy.zeros(4, numpy.float32)}
        encoder = self.part("untied", "model.safetensors", weights, num_layers=3)
        with self.assertRaisesRegex(TrainingError, "differs from shared.weight"):
            self.export(text_encoder=encoder)


class Card(unittest.TestCase):
    def test_the_card_and_the_defaults_say_what_was_measured(self) -> None:
        measured = {
            "judge": {"whole caption": 0.994},
            "reconstruction": {"psnr": 30.25},
            "defaults": {"steps": 25, "guidance": 1.5},
            "sweep: 25 steps, guidance scale 1.5": {"whole caption": 0.71, "object": 0.9, "background": 0.95},
            "text to image": {**{name: 0.5 for name in MEANINGS}, "object": 0.873, "prompts": 300},
            "inpainting": {"cases": 100, "object": 0.66, "colour": 0.7, "background": 0.9, "seam error": 4.2, "kept part": 27.0},
        }
        with tempfile.TemporaryDirectory() as folder:
            write_card(Path(folder), measured, {"text_encoder": 760_000, "unet": 7_990_000, "unet_inpainting": 7_990_000, "movq": 2_120_000})
            card = (Path(folder) / "README.md").read_text()
            config = json.loads((Path(folder) / "generation_config.json").read_text())
        self.assertEqual(config, {"height": 128, "width": 128, "num_inference_steps": 25, "guidance_scale": 1.5})
        for words in ("| object, of prompts for one | 87.3 % | 95 % |", "30.2 dB", "300 prompts", "7.99 M", "turquoise cat", "crown"):
            self.assertIn(words, card)


if __name__ == "__main__":
    unittest.main()
