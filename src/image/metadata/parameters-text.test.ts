import { describe, expect, test } from "vitest";
import { formatParameters, parseParameters } from "./parameters-text.js";

const settings = {
  Steps: 25,
  Sampler: "DDPM",
  "CFG scale": 4,
  Seed: 1,
  Size: "128x128",
  Model: "nano",
  Version: "0.1.0",
};

/** A small generator with a fixed seed, so that a failure comes again. */
function* numbers(seed: number): Generator<number, never> {
  for (let state = seed; ;) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    yield state >>> 8;
  }
}

describe("parameters text", () => {
  test("has the family's form", () => {
    expect(formatParameters({ prompt: "a red cat,\na hat", negativePrompt: "fog", settings })).toBe(
      "a red cat,\na hat\nNegative prompt: fog\n" +
        "Steps: 25, Sampler: DDPM, CFG scale: 4, Seed: 1, Size: 128x128, Model: nano, Version: 0.1.0",
    );
  });

  test("any prompt, negative prompt and values come back", () => {
    const pieces = [
      "cat",
      ", ",
      ": ",
      "\n",
      '"',
      "\\",
      "красный кот",
      "→",
      "赤い猫",
      "🐈",
      " ",
      "(a:1.2)",
      "Steps: 3",
      "é",
      "\r",
    ];
    const random = numbers(7);
    const text = (length: number): string =>
      Array.from({ length: random.next().value % length }, () => pieces[random.next().value % pieces.length]).join("");
    for (let round = 0; round < 3000; round++) {
      const request = {
        prompt: text(9),
        ...(round % 3 === 0 ? {} : { negativePrompt: text(7) }),
        settings: { Steps: round, Model: text(6), "VAE-dtype/x": text(4), Version: text(5) },
      };
      expect(parseParameters(formatParameters(request))).toEqual({
        ...request,
        settings: { ...request.settings, Steps: String(round) },
      });
    }
  });

  test("texts of other programs are read as far as they go", () => {
    expect(parseParameters("just a prompt\nwith two lines")).toEqual({
      prompt: "just a prompt\nwith two lines",
      settings: {},
    });
    expect(parseParameters("a cat, Steps: 2")).toEqual({ prompt: "a cat, Steps: 2", settings: {} });
    const parsed = parseParameters(
      'cat\nNegative prompt: dog\nmouse\nSteps: 20, Lora hashes: "a: 1, b: 2", Size: 64x64, Note: "half',
    );
    expect(parsed).toEqual({
      prompt: "cat",
      negativePrompt: "dog\nmouse",
      settings: { Steps: "20", "Lora hashes": "a: 1, b: 2", Size: "64x64", Note: '"half' },
    });
  });

  test("long lines of anything take no long time", () => {
    for (const line of [
      "a".repeat(1e6),
      " ".repeat(1e6),
      'a: "\\"'.repeat(2e5),
      'ab: "x, '.repeat(1e5),
      "ab:".repeat(3e5),
    ]) {
      const start = performance.now();
      parseParameters(line);
      expect(performance.now() - start).toBeLessThan(2000);
    }
  });

  test("what readers would not recognise is a fault of the caller", () => {
    expect(() => formatParameters({ prompt: "", settings: { Steps: 1, Seed: 2 } })).toThrow("expected 3 or more");
    expect(() => formatParameters({ prompt: "", settings: { ...settings, "a:b": 1 } })).toThrow('"a:b" as a key');
  });
});
