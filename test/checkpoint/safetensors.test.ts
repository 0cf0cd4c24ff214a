import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { CheckpointError } from "../../src/errors.js";
import { readSafetensorsHeader } from "../../src/checkpoint/safetensors/safetensors.js";
import { safetensorsBytes, temporaryFolder } from "./support.js";

/** Reads a file with these bytes, under the name `x`. */
function read(bytes: Buffer): ReturnType<typeof readSafetensorsHeader> {
  const file = join(temporaryFolder(), "x.safetensors");
  writeFileSync(file, bytes);
  return readSafetensorsHeader(file, "x");
}

const ok = { dtype: "F32", shape: [2], data_offsets: [0, 8] };

describe("a sound file", () => {
  test("gives places, types, shapes and metadata", async () => {
    const header = {
      __metadata__: { format: "pt" },
      b: { dtype: "BF16", shape: [2, 3], data_offsets: [8, 20] },
      a: ok,
      scalar: { dtype: "I64", shape: [], data_offsets: [20, 28] },
      empty: { dtype: "U8", shape: [0, 5], data_offsets: [20, 20] },
    };
    const bytes = safetensorsBytes(header, 28);
    const { tensors, metadata, name } = await read(bytes);
    const start = bytes.length - 28;
    expect(name).toBe("x");
    expect([...metadata]).toEqual([["format", "pt"]]);
    expect([...tensors.keys()]).toEqual(["b", "a", "scalar", "empty"]);
    expect(tensors.get("a")).toMatchObject({ offset: start, length: 8, dtype: "float32", shape: [2] });
    expect(tensors.get("b")).toMatchObject({ offset: start + 8, length: 12, dtype: "bfloat16", shape: [2, 3] });
    expect(tensors.get("scalar")).toMatchObject({ offset: start + 20, length: 8, dtype: "int64", shape: [] });
    expect(tensors.get("empty")).toMatchObject({ offset: start + 20, length: 0 });
    expect(tensors.get("a")?.file).toMatch(/^\/.*x\.safetensors$/);
  });

  test.each([
    ["F64", "float64", 8],
    ["F32", "float32", 4],
    ["F16", "float16", 2],
    ["BF16", "bfloat16", 2],
    ["I64", "int64", 8],
    ["I32", "int32", 4],
    ["I16", "int16", 2],
    ["I8", "int8", 1],
    ["U8", "uint8", 1],
    ["BOOL", "bool", 1],
  ])("%s is %s", async (stored, dtype, bytes) => {
    const source = await read(
      safetensorsBytes({ a: { dtype: stored, shape: [3], data_offsets: [0, 3 * bytes] } }, 3 * bytes),
    );
    expect(source.tensors.get("a")?.dtype).toBe(dtype);
  });

  test("hostile keys are keys like any other", async () => {
    const entry = (begin: number) => `{"dtype":"U8","shape":[1],"data_offsets":[${begin},${begin + 1}]}`;
    const header = `{"__proto__":${entry(0)},"constructor":${entry(1)},"toString":${entry(2)}}`;
    const { tensors } = await read(safetensorsBytes(header, 3));
    expect([...tensors.keys()]).toEqual(["__proto__", "constructor", "toString"]);
    expect(({} as Record<string, unknown>)["dtype"]).toBeUndefined();
  });

  test("padding after the header and no tensors at all are allowed", async () => {
    expect(
      (await read(safetensorsBytes('{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}   ', 1))).tensors.size,
    ).toBe(1);
    expect((await read(safetensorsBytes({}, 0))).tensors.size).toBe(0);
  });
});

describe("damaged files are refused with what, where, expected and got", () => {
  const lying = safetensorsBytes({ a: ok }, 8);
  lying.writeBigUInt64LE(10_000n);
  const huge = safetensorsBytes({ a: ok }, 8);
  huge.writeBigUInt64LE(2n ** 63n);

  test.each<[string, Buffer, string]>([
    ["shorter than 8 bytes", Buffer.from("short"), "x has 5 bytes, expected a safetensors file of 8 or more"],
    ["a header beyond the file", lying, "x: the header states 10000 bytes, expected at most 62 in this file"],
    ["a header beyond all bounds", huge, "x: the header states 9223372036854775808 bytes, expected at most 100000000"],
    ["no JSON", safetensorsBytes("{nonsense", 0), "x: the header is not JSON: "],
    ["a list", safetensorsBytes("[]", 0), 'x: the header does not begin with "{"'],
    ["an empty header", safetensorsBytes("", 0), 'x: the header does not begin with "{"'],
    ["duplicate keys", safetensorsBytes(`{"a":1,"\\u0061":2}`, 0), 'x: the header has the key "a" twice'],
    ["deep nesting", safetensorsBytes(`{"a":${"[".repeat(1000)}`, 0), "x: the header nests deeper than 64 levels"],
    ["a tensor that is none", safetensorsBytes({ a: 3 }, 0), 'x: "a" is a number, expected an object'],
    [
      "an unknown dtype",
      safetensorsBytes({ a: { ...ok, dtype: "F12" } }, 8),
      '"a" has dtype "F12", expected one of F64',
    ],
    ["a dtype of Object.prototype", safetensorsBytes({ a: { ...ok, dtype: "__proto__" } }, 8), 'has dtype "__proto__"'],
    ["no shape", safetensorsBytes({ a: { ...ok, shape: undefined } }, 8), '"a": shape is nothing, expected a list'],
    ["a negative size", safetensorsBytes({ a: { ...ok, shape: [-2] } }, 8), '"a": shape holds -2, expected integers'],
    ["a fractional size", safetensorsBytes({ a: { ...ok, shape: [1.5] } }, 8), '"a": shape holds 1.5'],
    ["a size as text", safetensorsBytes({ a: { ...ok, shape: ["2"] } }, 8), '"a": shape holds a string'],
    [
      "a size beyond 2^53",
      safetensorsBytes('{"a":{"dtype":"F32","shape":[9007199254740993],"data_offsets":[0,8]}}', 8),
      '"a": shape holds 9007199254740992',
    ],
    [
      "a product beyond 2^53",
      safetensorsBytes({ a: { ...ok, shape: [2 ** 40, 2 ** 40, 0] } }, 8),
      "which is beyond 2^53 bytes",
    ],
    ["three offsets", safetensorsBytes({ a: { ...ok, data_offsets: [0, 8, 9] } }, 8), "another list than [begin, end]"],
    ["no integer offset", safetensorsBytes({ a: { ...ok, data_offsets: [0, 8.5] } }, 8), '"a": data_offsets holds 8.5'],
    ["begin after end", safetensorsBytes({ a: { ...ok, data_offsets: [8, 0] } }, 8), '"a" begins at 8 and ends at 0'],
    ["a cut-off file", safetensorsBytes({ a: ok }, 7), '"a" ends at byte 8 of the data, expected at most 7'],
    [
      "another length than the shape's",
      safetensorsBytes({ a: { ...ok, shape: [3] } }, 8),
      '"a" takes 8 bytes, expected 12 for shape [3] of float32',
    ],
    [
      "overlap",
      safetensorsBytes({ a: ok, b: { dtype: "F32", shape: [2], data_offsets: [4, 12] } }, 12),
      '"b" overlaps "a" by 4 bytes',
    ],
    [
      "a hole",
      safetensorsBytes({ a: ok, b: { dtype: "F32", shape: [1], data_offsets: [10, 14] } }, 14),
      '2 bytes between "a" and "b" belong to no tensor',
    ],
    [
      "a hole at the start",
      safetensorsBytes({ a: { ...ok, data_offsets: [1, 9] } }, 9),
      '1 bytes between the header and "a" belong to no tensor',
    ],
    ["trailing bytes", safetensorsBytes({ a: ok }, 11), '3 bytes after "a" belong to no tensor'],
    ["metadata that is no object", safetensorsBytes({ __metadata__: "pt" }, 0), '"__metadata__" is a string'],
    ["metadata of numbers", safetensorsBytes({ __metadata__: { n: 1 } }, 0), '"__metadata__" has a number at "n"'],
  ])("%s", async (_, bytes, message) => {
    const error = await read(bytes).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(CheckpointError);
    expect((error as Error).message).toContain(message);
  });

  test("text that is not UTF-8", async () => {
    const bytes = safetensorsBytes({ abc: ok }, 8);
    bytes[bytes.indexOf("abc")] = 0xff;
    await expect(read(bytes)).rejects.toThrow("x: the header is not UTF-8 text");
  });

  test("a key cannot write to the terminal or fill it", async () => {
    const bytes = safetensorsBytes({ [`\u001b[31m${"k".repeat(5000)}`]: { ...ok, dtype: "Q4" } }, 8);
    const error: unknown = await read(bytes).catch((thrown: unknown) => thrown);
    expect((error as Error).message).not.toContain("\u001b");
    expect((error as Error).message.length).toBeLessThan(500);
  });
});

test("missing files, folders and dangling links are told apart", async () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, "sub"));
  symlinkSync("../blobs/abc", join(folder, "link"));
  await expect(readSafetensorsHeader(join(folder, "none"), "n")).rejects.toThrow("n does not exist");
  await expect(readSafetensorsHeader(join(folder, "sub"), "n")).rejects.toThrow("n is a folder, expected a file");
  await expect(readSafetensorsHeader(join(folder, "link"), "n")).rejects.toThrow(
    'n is a link to "../blobs/abc", which does not exist',
  );
  await expect(readSafetensorsHeader("/dev/null", "n")).rejects.toThrow(
    "n is neither a file nor a folder, expected a file",
  );
});
