import { describe, expect, test } from "vitest";
import { ConfigError } from "../errors.js";
import { AddedTokens, type AddedToken } from "./added-tokens.js";

const plain = (content: string, id: number): AddedToken => ({ content, id, lstrip: false, rstrip: false });
const greedy = (content: string, id: number): AddedToken => ({ content, id, lstrip: true, rstrip: true });

function parts(tokens: readonly AddedToken[], text: string): (string | number)[] {
  return new AddedTokens(tokens, "f").split(text).map(({ start, end, token }) => token?.id ?? text.slice(start, end));
}

describe("splitting", () => {
  test("tokens are cut out, the text between them stays as it is", () => {
    expect(parts([plain("</s>", 1)], "a </s> b</s>")).toEqual(["a ", 1, " b", 1]);
    expect(parts([], "a </s>")).toEqual(["a </s>"]);
    expect(parts([plain("</s>", 1)], "")).toEqual([]);
  });

  test("a token may eat the white space around it, Python's kind", () => {
    expect(parts([greedy("<x>", 9)], "a \x1c<x>\x85\u3000b")).toEqual(["a", 9, "b"]);
    expect(parts([greedy("<x>", 9)], "\ufeff<x> ")).toEqual(["\ufeff", 9]);
  });

  test("of the tokens that start at one place the longest counts, and their signs are no patterns", () => {
    expect(parts([plain("a+", 1), plain("a+(b", 2)], "aa+(b|a+")).toEqual(["a", 2, "|", 1]);
  });

  test("long runs of white space take no longer for being long", () => {
    const start = performance.now();
    parts([greedy("<x>", 9)], `x${" ".repeat(300_000)}y<x>`);
    expect(performance.now() - start).toBeLessThan(1000);
  });
});

test("two tokens with one id are refused", () => {
  expect(() => new AddedTokens([plain("a", 1), plain("b", 1)], "file")).toThrow(ConfigError);
});
