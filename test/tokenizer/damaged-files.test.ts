/** Folders that lack files, hold damaged ones, or hold a tokenizer of another kind. */
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { CheckpointError, ConfigError, KandinskyError } from "../../src/errors.js";
import { Charsmap } from "../../src/tokenizer/sentencepiece/charsmap.js";
import { parseSentencePieceModel } from "../../src/tokenizer/sentencepiece/sentencepiece-model.js";
import { loadTokenizer } from "../../src/tokenizer/tokenizer.js";
import { Mt19937 } from "../../src/tensor/mt19937.js";
import { UnigramModel } from "../../src/tokenizer/sentencepiece/unigram.js";
import { normalize } from "../../src/tokenizer/normalizer.js";
import { diffusersFixture } from "../support/goldens.js";

const MODEL = diffusersFixture("tiny/tokenizer/spiece.model");
const JSON_FILE = new URL("../fixtures/tokenizer-json/tokenizer.json", import.meta.url).pathname;
const model = readFileSync(MODEL);

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tokenizer-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function write(name: string, content: string | Uint8Array): void {
  writeFileSync(join(folder, name), content);
}

describe("spiece.model alone", () => {
  test("has T5's special tokens and a hundred extra ids", async () => {
    copyFileSync(MODEL, join(folder, "spiece.model"));
    const tokenizer = await loadTokenizer(folder);
    const full = await loadTokenizer(diffusersFixture("tiny/tokenizer"));
    const text = "a <extra_id_0> cat<extra_id_99> <pad></s> <unk> red";
    expect(tokenizer.encode(text)).toEqual(full.encode(text));
    expect(tokenizer).toMatchObject({ padId: 0, eosId: 1, unknownId: 2, vocabSize: 700 });
  });

  test.each([
    ["added_tokens.json", "{", ConfigError],
    ["added_tokens.json", '{"<x>": -1}', ConfigError],
    ["added_tokens.json", '{"<x>": 10}', ConfigError],
    ["added_tokens.json", '{"<x>": 600, "<y>": 600}', ConfigError],
    ["tokenizer_config.json", '{"tokenizer_class": "LlamaTokenizer"}', ConfigError],
    ["tokenizer_config.json", "\xff", ConfigError],
    ["special_tokens_map.json", '{"eos_token": "<nowhere>"}', CheckpointError],
    ["special_tokens_map.json", '{"eos_token": 3}', ConfigError],
  ])("beside %s with %s is refused", async (name, content, kind) => {
    copyFileSync(MODEL, join(folder, "spiece.model"));
    write(name, content);
    await expect(loadTokenizer(folder)).rejects.toThrow(kind);
    await expect(loadTokenizer(folder)).rejects.toThrow(folder);
  });
});

test("an empty or missing folder is named", async () => {
  await expect(loadTokenizer(folder)).rejects.toThrow(/expected the file spiece\.model or tokenizer\.json/);
  await expect(loadTokenizer(join(folder, "none"))).rejects.toThrow(CheckpointError);
});

test.each([
  ["empty", Buffer.alloc(0)],
  ["truncated", model.subarray(0, model.length / 2)],
  ["text", Buffer.from("version https://git-lfs.github.com/spec/v1\noid sha256:0123\nsize 791656\n")],
  ["zeros", Buffer.alloc(1000)],
])("a spiece.model that is %s is refused by name", async (_, bytes) => {
  write("spiece.model", bytes);
  await expect(loadTokenizer(folder)).rejects.toThrow(CheckpointError);
  await expect(loadTokenizer(folder)).rejects.toThrow(/spiece\.model/);
});

test("a model that is not unigram is refused", () => {
  // trainer_spec (field 2) with model_type (field 3) = BPE (2): a message that is merged into the one before.
  const bpe = Buffer.concat([model, Buffer.from([0x12, 2, 0x18, 2])]);
  expect(() => parseSentencePieceModel(bpe, "spiece.model")).toThrow(/is a bpe model, expected unigram/);
});

describe("tokenizer.json", () => {
  const parsed = JSON.parse(readFileSync(JSON_FILE, "utf8")) as Record<string, object>;
  test.each([
    ["a model of another type", { model: { ...parsed.model, type: "BPE" } }],
    ["an unknown id outside the vocabulary", { model: { ...parsed.model, unk_id: 700 } }],
    ["another normalizer", { normalizer: { type: "NFKC" } }],
    ["another pre-tokenizer", { pre_tokenizer: { type: "ByteLevel" } }],
    ["no pre-tokenizer", { pre_tokenizer: null }],
    ["a table that is none", { normalizer: { type: "Precompiled", precompiled_charsmap: "AAAA" } }],
    ["a table that is no base64", { normalizer: { type: "Precompiled", precompiled_charsmap: "?" } }],
    [
      "a piece twice",
      {
        model: {
          ...parsed.model,
          vocab: [
            ["<unk>", 0],
            ["a", -1],
            ["a", -1],
          ],
          unk_id: 0,
        },
      },
    ],
  ])("with %s is refused by name", async (_, change) => {
    write("tokenizer.json", JSON.stringify({ ...parsed, ...change }));
    await expect(loadTokenizer(folder)).rejects.toThrow(KandinskyError);
    await expect(loadTokenizer(folder)).rejects.toThrow(/tokenizer\.json/);
  });
});

test("3000 damaged models either work or are refused, in time", () => {
  const random = new Mt19937(20240);
  const below = (limit: number): number => random.next() % limit;
  const text = Buffer.from("A café, ﬁre ½ 猫  \u00ad raccoon ".repeat(20));
  const start = performance.now();
  let refused = 0;
  for (let round = 0; round < 3000; round++) {
    const bytes = damage(model, round, below);
    try {
      const vocabulary = parseSentencePieceModel(bytes, "spiece.model");
      const charsmap = vocabulary.charsmap && new Charsmap(vocabulary.charsmap, "spiece.model");
      new UnigramModel(vocabulary).encode(normalize(text, charsmap).bytes);
    } catch (error) {
      expect(error).toBeInstanceOf(KandinskyError);
      refused++;
    }
  }
  expect(refused).toBeGreaterThan(500);
  expect(refused).toBeLessThan(3000);
  expect(performance.now() - start).toBeLessThan(50_000);
});

/** Flipped bytes anywhere or among the pieces, a cut end, a removed or a doubled stretch. */
function damage(source: Buffer, round: number, below: (limit: number) => number): Buffer {
  const at = below(source.length);
  const length = 1 + below(200);
  switch (round % 5) {
    case 0:
      return source.subarray(0, at);
    case 1:
      return Buffer.concat([source.subarray(0, at), source.subarray(at + length)]);
    case 2:
      return Buffer.concat([source.subarray(0, at + length), source.subarray(at)]);
    default: {
      const copy = Buffer.from(source);
      for (let i = 0; i <= below(20); i++) {
        copy[below(round % 5 === 3 ? copy.length : 9000)] = below(256);
      }
      return copy;
    }
  }
}
