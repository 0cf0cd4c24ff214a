/** Ids of the reference tokenizer, hostile texts included, from both kinds of file. */
import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { loadTokenizer, type Tokenizer } from "../../src/tokenizer/tokenizer.js";
import { diffusersFixture, goldenArray } from "../support/goldens.js";

interface GoldenString {
  readonly text: string;
  readonly input_ids: number[];
  readonly transformers5_input_ids?: number[];
}

const LENGTH = 128;
const strings = JSON.parse(readFileSync(diffusersFixture("goldens/tokenizer/strings.json"), "utf8")) as GoldenString[];
const folders = {
  "spiece.model": diffusersFixture("tiny/tokenizer"),
  "tokenizer.json": new URL("../fixtures/tokenizer-json", import.meta.url).pathname,
};

describe.each(Object.entries(folders))("goldens from %s", (_, folder) => {
  let tokenizer: Tokenizer;
  beforeAll(async () => {
    tokenizer = await loadTokenizer(folder);
  });

  test.each(strings)("$text", ({ text, input_ids: expected }) => {
    expect([...tokenizer.encode(text).inputIds]).toEqual(expected);
  });

  test("padded ids and masks are those of the reference", () => {
    const padded = strings.map(({ text }) => tokenizer.padTo(tokenizer.encode(text), LENGTH));
    const flatten = (rows: Int32Array[]): number[] => rows.flatMap((row) => [...row]);
    const expectedIds = goldenArray("goldens/tokenizer/input_ids.npy");
    const expectedMask = goldenArray("goldens/tokenizer/attention_mask.npy");
    expect(expectedIds.shape).toEqual([strings.length, LENGTH]);
    expect(flatten(padded.map((row) => row.inputIds))).toEqual(Array.from(expectedIds.data, Number));
    expect(flatten(padded.map((row) => row.attentionMask))).toEqual(Array.from(expectedMask.data, Number));
  });

  test("the special ids are T5's", () => {
    expect(tokenizer).toMatchObject({ padId: 0, eosId: 1, unknownId: 2, vocabSize: 700 });
  });
});
