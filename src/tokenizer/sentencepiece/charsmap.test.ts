import { describe, expect, test } from "vitest";
import { CheckpointError } from "../../errors.js";
import { Charsmap } from "./charsmap.js";
import { normalize } from "../normalizer.js";

const UNITS = 256;
const VALUE = 0x8000_0000;

/** A unit with the label and the offset in units, both as darts-clone packs them. */
function unit(label: string, offset: number, hasValue = false): number {
  return label.charCodeAt(0) | (offset << 10) | (hasValue ? 0x100 : 0);
}

/** One block of units, the given ones set, and the replacements. */
function table(units: Readonly<Record<number, number>>, replacements: string): Uint8Array {
  const bytes = Buffer.alloc(4 + 4 * UNITS);
  bytes.writeUInt32LE(4 * UNITS, 0);
  for (let i = 0; i < UNITS; i++) {
    // An unused unit has a label that no byte can lead to it with.
    bytes.writeUInt32LE((units[i] ?? VALUE) >>> 0, 4 + 4 * i);
  }
  return Buffer.concat([bytes, Buffer.from(replacements)]);
}

/** Rules: A to "x", AB to "yz". The root's base is 1; A's state is base 8, AB's base 16. */
const A = 1 ^ 65;
const AB = 8 ^ 66;
const RULES = {
  0: unit("\0", 1),
  [A]: unit("A", A ^ 8, true),
  8: VALUE | 0,
  [AB]: unit("B", AB ^ 16, true),
  16: VALUE | 2,
};

describe("a table of two rules", () => {
  const charsmap = new Charsmap(table(RULES, "x\0yz\0"), "f");

  test("the longest rule wins", () => {
    expect(charsmap.match(Buffer.from("ABC"), 0)).toEqual({
      length: 2,
      replacement: Buffer.from("yz"),
    });
    expect(charsmap.match(Buffer.from("AC"), 0)?.length).toBe(1);
    expect(charsmap.match(Buffer.from("BA"), 0)).toBeUndefined();
  });

  test("normalized bytes know the characters that they come from", () => {
    const { bytes, origins } = normalize(Buffer.from("  éAB  A "), charsmap);
    expect(Buffer.from(bytes).toString()).toBe("▁éyz▁x");
    expect([...origins]).toEqual([2, 2, 2, 2, 2, 4, 4, 6, 6, 6, 8]);
  });
});

test("tables that cannot be followed are refused", () => {
  const refused = (units: Readonly<Record<number, number>>, replacements: string): void => {
    expect(() => new Charsmap(table(units, replacements), "spiece.model")).toThrow(CheckpointError);
  };
  refused(RULES, "x\0yz");
  refused(RULES, "x\0");
  refused({ ...RULES, 0: unit("\0", 1000) }, "x\0yz\0");
  refused({ ...RULES, [AB]: unit("B", AB ^ 1, false) }, "x\0yz\0");
  refused({ ...RULES, 16: VALUE | 2 }, `x\0${"y".repeat(300)}\0`);
  expect(() => new Charsmap(new Uint8Array(3), "spiece.model")).toThrow(/spiece\.model/);
});

test("without a table only white space changes", () => {
  expect(Buffer.from(normalize(Buffer.from(" Ａ  b "), undefined).bytes).toString()).toBe("▁Ａ▁b");
  expect(normalize(Buffer.from("   "), undefined).bytes).toHaveLength(0);
});
