/** Cutting, padding, decoding, and texts made to hurt. */
import { beforeAll, describe, expect, test } from "vitest";
import { UsageError } from "../../src/errors.js";
import { loadTokenizer, type Tokenizer } from "../../src/tokenizer/tokenizer.js";
import { diffusersFixture } from "../support/goldens.js";

let tokenizer: Tokenizer;
beforeAll(async () => {
  tokenizer = await loadTokenizer(diffusersFixture("tiny/tokenizer"));
});

const ids = (text: string, maxLength?: number): number[] => [...tokenizer.encode(text, maxLength).inputIds];

describe("cutting", () => {
  test("a text that fits loses nothing", () => {
    expect(tokenizer.encode("a red cat")).toEqual({
      inputIds: Int32Array.of(10, 103, 54, 72, 1),
      droppedText: undefined,
      unknownTexts: [],
      isUnknown: false,
      tokenCount: 5,
    });
    expect(tokenizer.encode("a red cat", 5).droppedText).toBeUndefined();
  });

  test("what is dropped is shown in the user's words", () => {
    const { inputIds, droppedText, tokenCount } = tokenizer.encode("  a red   Ｃat with ﬁre", 3);
    expect([...inputIds]).toEqual([10, 103, 1]);
    expect(droppedText).toBe("d   Ｃat with ﬁre");
    expect(tokenCount).toBeGreaterThan(3);
  });

  test("every cut leaves a beginning and an end of the text", () => {
    const text = "A café <extra_id_3> in ﬁre\ud800 and 猫👩‍👩‍👧</s> snow, raccoon";
    const { tokenCount } = tokenizer.encode(text);
    const all = ids(text);
    for (let maxLength = 1; maxLength < tokenCount; maxLength++) {
      const { inputIds, droppedText } = tokenizer.encode(text, maxLength);
      const kept = all.slice(0, maxLength - 1);
      expect([...inputIds]).toEqual(kept.at(-1) === 1 ? kept : [...kept, 1]);
      expect(droppedText === undefined || text.endsWith(droppedText)).toBe(true);
      expect(droppedText).not.toBe("");
    }
    expect(tokenizer.encode(text, 1).droppedText).toBe(text);
  });

  test("a spelt-out end token is no loss", () => {
    expect(ids("cat</s>")).toEqual([72, 1]);
    expect(tokenizer.encode("cat</s>", 2)).toMatchObject({ droppedText: undefined, tokenCount: 2 });
    expect(ids("</s></s>", 2)).toEqual([1]);
  });

  test("a length that is no length is refused", () => {
    for (const maxLength of [0, -1, 1.5, NaN]) {
      expect(() => tokenizer.encode("a", maxLength)).toThrow(UsageError);
    }
  });
});

test("padding", () => {
  const padded = tokenizer.padTo(tokenizer.encode("a"), 4);
  expect([...padded.inputIds]).toEqual([10, 1, 0, 0]);
  expect([...padded.attentionMask]).toEqual([1, 1, 0, 0]);
  expect(() => tokenizer.padTo(tokenizer.encode("a red cat"), 4)).toThrow(UsageError);
});

test("decoding gives the text back as far as the pieces know it", () => {
  expect(tokenizer.decode(ids("  a red   cat"))).toBe("a red cat");
  expect(tokenizer.decode([699, 72, 1, 0, 0])).toBe("<extra_id_0> cat");
  expect(tokenizer.decode([2])).toContain("\u2047");
  expect(() => tokenizer.decode([700])).toThrow(UsageError);
  expect(() => tokenizer.decode([-1])).toThrow(UsageError);
});

test("near-ties are rounded as SentencePiece rounds them", async () => {
  const nano = await loadTokenizer(new URL("../../models/nano/tokenizer", import.meta.url).pathname);
  // From SentencePiece 0.2.3 on models/nano/tokenizer/spiece.model.
  const expected = [159, 829, 48, 2, 623, 16, 156, 156, 155, 206, 51, 556, 82, 971, 1];
  expect([...nano.encode("nuos,.es attt rroausiii").inputIds]).toEqual(expected);
});

describe("hostile texts", () => {
  test("a lone surrogate counts as U+FFFD", () => {
    expect(ids("cat \ud800 cat\udfff")).toEqual(ids("cat \ufffd cat\ufffd"));
  });

  test.each([
    ["words", "a red cat on the table, ".repeat(5000)],
    ["one letter", "a".repeat(100_000)],
    ["spaces", " ".repeat(100_000)],
    ["unknown characters", "猫e\u0301👩".repeat(20_000)],
    ["extra ids", "<extra_id_0> ".repeat(8000)],
    ["openings of extra ids", "<extra_id_".repeat(10_000)],
  ])("a very long text takes no second: %s", (_, text) => {
    const start = performance.now();
    expect(tokenizer.encode(text).inputIds.length).toBeLessThanOrEqual(128);
    expect(performance.now() - start).toBeLessThan(1000);
  });
});
