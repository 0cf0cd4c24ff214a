import { describe, expect, test } from "vitest";
import { JsonProblem, kindOf, parseStrictJson } from "./strict-json.js";

function parse(text: string): unknown {
  return parseStrictJson(Buffer.from(text, "utf8"));
}

describe("parseStrictJson", () => {
  test.each([
    ['{"a":{"b":[1,{"a":2}]},"b":"a"}'],
    ['{"a\\"":1,"a":2,"\\\\":3,"b\\\\\\"":4}'],
    ['[{"a":1},{"a":1}]'],
    ['"{\\"a\\":1,\\"a\\":2}"'],
    ['{"a":"x,\\"a\\":1","c":["a","a","a"]}'],
    [" 12 "],
  ])("%s is read as JSON.parse reads it", (text) => {
    expect(parse(text)).toEqual(JSON.parse(text));
  });

  test("a byte-order mark is no part of the text", () => {
    expect(parse('\ufeff{"a":"\ufeff"}')).toEqual({ a: "\ufeff" });
    expect(() => parse("\ufeff")).toThrow("is not JSON");
  });

  test.each([
    ['{"a":1,"a":1}', 'has the key "a" twice'],
    ['{"x":[{"k\\n":1,"y":{},"\\u006b\\n":2}]}', 'has the key "k\\n" twice'],
    ['{"__proto__":1,"__proto__":1}', 'has the key "__proto__" twice'],
    ["[".repeat(65), "nests deeper than 64 levels"],
    ["{", "is not JSON"],
    ['{"a', "is not JSON"],
    ['{"\\', "is not JSON"],
    ['{"\\x":1}', "is not JSON"],
    ["]}", "is not JSON"],
    ["", "is not JSON"],
    ["\ufeff\ufeff{}", "is not JSON"],
    ["\u001b[31m", "is not JSON"],
  ])("%j %s", (text, reason) => {
    expect(() => parse(text)).toThrow(JsonProblem);
    expect(() => parse(text)).toThrow(reason);
  });

  test("control characters do not reach the message", () => {
    expect(() => parse("\u001b[31m")).toThrow(/^[^\p{Cc}]*$/u);
  });

  test("bytes that are not UTF-8 are refused", () => {
    expect(() => parseStrictJson(Uint8Array.of(0x22, 0xc3, 0x22))).toThrow("is not UTF-8 text");
  });
});

test("kindOf uses the right article", () => {
  expect([[], {}, "", 0, true, null, undefined].map(kindOf)).toEqual([
    "an array",
    "an object",
    "a string",
    "a number",
    "a boolean",
    "null",
    "nothing",
  ]);
});
