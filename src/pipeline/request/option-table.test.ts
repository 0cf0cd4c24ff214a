/** The table of options is whole, and what is derived from it says what it says. */
import { describe, expect, test } from "vitest";
import { generateSchema, loadingSchema, OPTION_ROWS, plannedSchema } from "./option-table.js";
import { expectedWords, valueFromText } from "./options/from-text.js";
import type { OptionRow } from "./options/row.js";

const rows = [...OPTION_ROWS];

function rowOf(name: string): OptionRow {
  return OPTION_ROWS.get(name) ?? expect.fail(`no option ${name}`);
}

describe("every row", () => {
  test.each(rows)("%s", (_name, row) => {
    expect(row.help).toMatch(/\S/);
    expect(row.help).not.toMatch(/--/);
    expect(row.flag === null).toBe(row.withoutFlag !== undefined);
    const braced = [...row.help.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => name);
    expect(braced.filter((name) => !OPTION_ROWS.has(name))).toEqual([]);
    if (row.of === "generation") {
      expect(row.modes === undefined).toBe(row.otherMode === undefined);
      expect(row.samplers === undefined).toBe(row.otherSampler === undefined);
    }
    // A flag with a value is refused in words, or by a check of its own.
    if (row.flag?.includes("<") === true && row.check === undefined && row.fromText === undefined) {
      expect(expectedWords(row)).not.toMatch(/undefined/);
    }
  });

  test("has a flag of its own", () => {
    const flags = rows.flatMap(([, { flag }]) => flag?.replace(/ .*$/, "") ?? []);
    expect(new Set(flags).size).toBe(flags.length);
  });

  test("is in the schema of its kind", () => {
    const named = (of: OptionRow["of"]): string[] => rows.filter(([, row]) => row.of === of).map(([name]) => name);
    expect(Object.keys(generateSchema.shape)).toEqual(named("generation"));
    expect(Object.keys(loadingSchema.shape)).toEqual(named("loading"));
    expect(Object.keys(plannedSchema.shape)).toContain("numInferenceSteps");
  });
});

test.each([
  ["numInferenceSteps", "a whole number from 1 to 1000"],
  ["guidanceScale", "a number from 0 to 1000"],
  ["width", "a whole number of pixels from 1 to 8192"],
  ["strength", "a number above 0 and up to 1"],
  ["maskBlur", "a whole number of pixels from 0 to 4096"],
  ["threads", "a whole number from 1 to 1024"],
  ["sampler", "ddpm or original or flash"],
  ["device", "auto or cpu (the only ones so far)"],
])("%s takes %s", (name, words) => {
  expect(expectedWords(rowOf(name))).toBe(words);
});

test.each([
  ["numInferenceSteps", "+5", 5],
  ["numInferenceSteps", "5.0", undefined],
  ["guidanceScale", ".5", 0.5],
  ["guidanceScale", "1e2", undefined],
  ["seed", "-9223372036854775808", -(2n ** 63n)],
  ["seed", "18446744073709551616", undefined],
  ["guidanceInterval", "0,0.6", [0, 0.6]],
  ["guidanceInterval", "0,0.6,0.7", undefined],
  ["extend", "left=2, top=1", { left: 2, top: 1 }],
  ["extend", "left=2,left=2", undefined],
  ["sampler", "euler", undefined],
  ["variant", "", undefined],
  ["negativePrompt", "", ""],
])("%s reads %j", (name, text, value) => {
  expect(valueFromText(rowOf(name), text)).toEqual(value);
});
