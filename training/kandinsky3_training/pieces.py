"""The tokenizer stage: a SentencePiece model of 2,000 pieces, and the files beside it that a T5Tokenizer saves.

Trained on captions and on the names of Unicode characters, which are English words of many kinds: a prompt may hold any word. Some of the
names are in capitals and one line holds the punctuation, so that every printable ASCII character has a piece.
"""

import random
import string
import unicodedata
from pathlib import Path

import sentencepiece
from sentencepiece import sentencepiece_model_pb2

from .files import write_json
from .scenes import caption, random_scene

PIECES = 2000
EXTRA_IDS = 100
CAPTIONS = 6000
OTHER_LINES = 6000
NOT_ENGLISH = ("cjk", "hangul", "cuneiform", "hieroglyph", "syllable", "yi ", "vai", "anatolian", "tangut")


def train_pieces(folder: Path, seed: int = 3) -> Path:
    """Writes `spiece.model` into the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = random.Random(seed)
    names = [unicodedata.name(chr(code), "").lower() for code in range(0x20, 0x1FAFF)]
    names = [name for name in names if name and not any(word in name for word in NOT_ENGLISH)]
    rng.shuffle(names)
    names = [name.upper() if number % 8 == 0 else name for number, name in enumerate(names[:OTHER_LINES])]
    lines = [caption(random_scene(rng), rng) for _ in range(CAPTIONS)] + names + [" ".join(string.punctuation)]
    target = folder / "spiece.model"
    with target.open("wb") as model:
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(lines),
            model_writer=model,
            vocab_size=PIECES,
            model_type="unigram",
            pad_id=0,
            eos_id=1,
            unk_id=2,
            bos_id=-1,
            pad_piece="<pad>",
            eos_piece="</s>",
            unk_piece="<unk>",
            character_coverage=1.0,
            normalization_rule_name="nmt_nfkc",
            minloglevel=2,
        )
    return target


def export_tokenizer(spiece: Path, folder: Path) -> None:
    """The folder that a T5Tokenizer reads, with no path of the training machine in the model."""
    folder.mkdir(parents=True, exist_ok=True)
    model = sentencepiece_model_pb2.ModelProto()
    model.ParseFromString(spiece.read_bytes())
    del model.trainer_spec.input[:]
    model.trainer_spec.model_prefix = "spiece"
    (folder / "spiece.model").write_bytes(model.SerializeToString())
    count = len(model.pieces)
    extra = {f"<extra_id_{number}>": count + EXTRA_IDS - 1 - number for number in range(EXTRA_IDS)}
    write_json(folder / "added_tokens.json", extra)
    write_json(
        folder / "special_tokens_map.json",
        {"additional_special_tokens": list(extra), "eos_token": "</s>", "pad_token": "<pad>", "unk_token": "<unk>"},
    )
    decoder = {str(number): added_token(token, strip=False) for number, token in enumerate(("<pad>", "</s>", "<unk>"))}
    decoder |= {str(number): added_token(token, strip=True) for token, number in sorted(extra.items(), key=lambda entry: entry[1])}
    write_json(
        folder / "tokenizer_config.json",
        {
            "added_tokens_decoder": decoder,
            "additional_special_tokens": list(extra),
            "clean_up_tokenization_spaces": True,
            "eos_token": "</s>",
            "extra_ids": EXTRA_IDS,
            "legacy": True,
            "model_max_length": 512,
            "pad_token": "<pad>",
            "sp_model_kwargs": {},
            "tokenizer_class": "T5Tokenizer",
            "unk_token": "<unk>",
        },
    )


def added_token(content: str, strip: bool) -> dict[str, str | bool]:
    return {"content": content, "lstrip": strip, "normalized": False, "rstrip": strip, "single_word": False, "special": True}
