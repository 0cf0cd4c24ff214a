import { expect, test } from "vitest";
import { UnigramModel } from "./unigram.js";
import { makeVocabulary, type PieceKind } from "../vocabulary.js";

function model(...pieces: [text: string, score: number, kind?: PieceKind][]): UnigramModel {
  const rows = pieces.map(([text, score, kind = "normal"]) => ({ text, score, kind }));
  return new UnigramModel(makeVocabulary("f", [{ text: "<unk>", score: 0, kind: "unknown" }, ...rows], undefined));
}

test("the cut with the best sum of scores wins", () => {
  expect(model(["a", -1], ["b", -1], ["ab", -1.5]).encode(Buffer.from("ab")).ids).toEqual([3]);
  expect(model(["a", -1], ["b", -1], ["ab", -2.5]).encode(Buffer.from("ab")).ids).toEqual([1, 2]);
});

test("of equally good cuts the one found first wins", () => {
  expect(model(["s", -2], ["ss", -3]).encode(Buffer.from("sss")).ids).toEqual([1, 2]);
});

test("neighbouring unknown characters are one piece that starts at the first", () => {
  const { ids, starts } = model(["a", -1]).encode(Buffer.from("aé猫a"));
  expect(ids).toEqual([1, 0, 1]);
  expect(starts).toEqual([0, 1, 6]);
});

test("control and unused pieces are not found in text", () => {
  expect(model(["a", -1], ["b", 0, "control"], ["c", 0, "unused"]).encode(Buffer.from("abca")).ids).toEqual([1, 0, 1]);
});
