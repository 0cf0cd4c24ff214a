import { join } from "node:path";
import { truncateSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { readConfig, readJson } from "../../src/files/json-file.js";
import { ConfigError } from "../../src/errors.js";
import { temporaryFolder, writeFiles } from "../checkpoint/support.js";

/** Writes `config.json` and gives its path and the message, less the path, that reading it with the schema throws. */
async function problem(content: string | object, schema: z.ZodType = z.unknown()): Promise<string> {
  const folder = temporaryFolder();
  writeFiles(folder, { "config.json": content });
  const file = join(folder, "config.json");
  const error: unknown = await readConfig(file, schema).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ConfigError);
  const { message } = error as ConfigError;
  expect(message.startsWith(file)).toBe(true);
  return message.slice(file.length);
}

describe("readConfig", () => {
  test("gives what the schema makes of the file", async () => {
    const folder = temporaryFolder();
    writeFiles(folder, { "config.json": { groups: 32, extra: [1] } });
    const schema = z.object({ groups: z.int(), eps: z.number().default(1e-6) });
    expect(await readConfig(join(folder, "config.json"), schema)).toEqual({ groups: 32, eps: 1e-6 });
    expect(await readJson(join(folder, "config.json"))).toEqual({ groups: 32, extra: [1] });
  });

  test.each<[string, z.ZodType, object, string]>([
    ["a missing key", z.object({ groups: z.number() }), {}, ': "groups" is missing, expected number'],
    ["another type", z.object({ groups: z.number() }), { groups: "32" }, ': "groups" is "32", expected number'],
    ["null", z.object({ groups: z.number() }), { groups: null }, ': "groups" is null, expected number'],
    ["a fraction", z.object({ n: z.int() }), { n: 1.5 }, ': "n" is 1.5, expected int'],
    ["a range", z.object({ n: z.number().positive() }), { n: -1 }, ': "n" is -1, expected number to be >0'],
    ["another value", z.object({ act: z.literal("silu") }), { act: "gelu" }, ': "act" is "gelu", expected "silu"'],
    [
      "none of several values",
      z.object({ act: z.enum(["silu", "gelu"]) }),
      { act: "relu" },
      ': "act" is "relu", expected one of "silu"|"gelu"',
    ],
    [
      "a nested place",
      z.object({ blocks: z.array(z.object({ channels: z.int() })) }),
      { blocks: [{ channels: 1 }, { channels: "2" }] },
      ': "blocks[1].channels" is "2", expected number',
    ],
    ["a union", z.object({ n: z.union([z.int(), z.null()]) }), { n: "x" }, ': "n" is "x", expected number or null'],
    [
      "a refinement of ours",
      z.object({ n: z.int().refine((n) => n % 8 === 0, "expected a multiple of 8") }),
      { n: 12 },
      ': "n" is 12, expected a multiple of 8',
    ],
    [
      "several at once",
      z.object({ a: z.number(), b: z.string() }),
      { b: 1 },
      ': "a" is missing, expected number; "b" is 1, expected string',
    ],
  ])("%s", async (_, schema, value, message) => {
    expect(await problem(value, schema)).toBe(message);
  });

  test("unknown keys are told, wherever they are, and nothing else of them matters", async () => {
    const folder = temporaryFolder();
    const file = join(folder, "config.json");
    const schema = z.strictObject({
      n: z.int().default(1),
      deep: z.strictObject({ m: z.int() }).prefault({ m: 2 }),
      list: z.array(z.strictObject({ k: z.int().optional() })).default([]),
    });
    const passedOver = new Set(["known"]);
    writeFiles(folder, {
      "config.json": { _note: 1, known: 1, constructor: {}, deep: { m: 3, known: 1, _x: 0 }, list: [{}, { "a\n": 1 }] },
    });
    const notes: string[] = [];
    const read = await readConfig(file, schema, { passedOver, onNote: (note) => notes.push(note) });
    expect(read).toEqual({ n: 1, deep: { m: 3 }, list: [{}, {}] });
    expect(notes).toEqual([
      `${file} has keys that are not known here and are passed over: "deep.known", "list[1].a\\n", "constructor"`,
    ]);
    expect(await readConfig(file, schema)).toEqual(read);
  });

  test("a known key that cannot be used is an error beside unknown ones", async () => {
    expect(await problem({ n: "x", other: 1 }, z.strictObject({ n: z.int() }))).toBe(': "n" is "x", expected number');
  });

  test("the root itself", async () => {
    expect(await problem([1, 2], z.object({}))).toBe(": the file is [1,2], expected object");
  });

  test("long values are cut", async () => {
    expect((await problem({ n: "x".repeat(5000) }, z.object({ n: z.number() }))).length).toBeLessThan(200);
  });
});

describe("readJson", () => {
  test("a byte-order mark is no part of the file", async () => {
    const folder = temporaryFolder();
    writeFiles(folder, { "config.json": '\ufeff{"groups":32}' });
    expect(await readJson(join(folder, "config.json"))).toEqual({ groups: 32 });
  });

  test.each([
    ["{", " is not JSON: "],
    ['{"a":1,"a":2}', ' has the key "a" twice'],
    ["", " is empty, as a download that never began leaves it"],
  ])("%s", async (text, message) => {
    expect(await problem(text)).toContain(message);
  });

  test("missing and oversized files", async () => {
    const folder = temporaryFolder();
    const file = join(folder, "config.json");
    await expect(readJson(file)).rejects.toThrow(new ConfigError(`${file} does not exist`));
    writeFiles(folder, { "config.json": "{}" });
    truncateSync(file, 65 * 1024 * 1024); // A sparse file: no such bytes are written.
    await expect(readJson(file)).rejects.toThrow("has 68157440 bytes, expected at most 67108864");
  });
});
