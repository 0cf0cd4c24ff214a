import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readShardedIndex } from "../../src/checkpoint/sharded-index.js";
import { CheckpointError } from "../../src/errors.js";
import { floatTensors, temporaryFolder, writeFiles } from "./support.js";

const INDEX = "model.safetensors.index.json";
const FIRST = "model-00001-of-00002.safetensors";
const SECOND = "model-00002-of-00002.safetensors";

const shards = { [FIRST]: floatTensors({ a: [2], b: [3] }), [SECOND]: floatTensors({ c: [1] }) };

/** Opens an index beside these files, under the name `text_encoder/...`. */
function open(files: Readonly<Record<string, string | Buffer | object>>): ReturnType<typeof readShardedIndex> {
  const folder = temporaryFolder();
  writeFiles(folder, files);
  return readShardedIndex(join(folder, INDEX), `text_encoder/${INDEX}`);
}

test("the shards of an index become one source", async () => {
  const source = await open({ ...shards, [INDEX]: { weight_map: { a: FIRST, b: FIRST, c: SECOND } } });
  expect(source.name).toBe(`text_encoder/${INDEX}`);
  expect([...source.tensors.keys()].sort()).toEqual(["a", "b", "c"]);
  expect(source.tensors.get("c")).toMatchObject({ shape: [1], length: 4 });
  expect(source.tensors.get("c")?.file.endsWith(SECOND)).toBe(true);
});

describe("disagreements are refused", () => {
  const cases: [string, Record<string, string | Buffer | object>, string][] = [
    ["no JSON", { [INDEX]: "{" }, " is not JSON"],
    ["no weight_map", { [INDEX]: {} }, ': "weight_map" is nothing, expected an object'],
    ["a list", { [INDEX]: [1] }, ': "weight_map" is nothing, expected an object'],
    ["a weight_map that is a list", { [INDEX]: { weight_map: [] } }, ': "weight_map" is an array'],
    ["an empty one", { [INDEX]: { weight_map: {} } }, ': "weight_map" is empty'],
    ["duplicate keys", { [INDEX]: `{"weight_map":{"a":"x","a":"y"}}` }, ' has the key "a" twice'],
    ["a number for a shard", { [INDEX]: { weight_map: { a: 1 } } }, ': "weight_map" has a number at "a"'],
    [
      "missing shards, all of them named",
      { [INDEX]: { weight_map: { a: FIRST, c: SECOND, d: "third.safetensors" } }, [FIRST]: shards[FIRST] },
      `: 2 of 3 shards are missing: "${SECOND}", "third.safetensors"`,
    ],
    [
      "a tensor that its shard lacks",
      { ...shards, [INDEX]: { weight_map: { a: FIRST, b: FIRST, c: SECOND, d: SECOND } } },
      ': the shards lack tensors that the index lists for them: "d"',
    ],
    [
      "a tensor that is not listed",
      { ...shards, [INDEX]: { weight_map: { a: FIRST, c: SECOND } } },
      ': shards hold tensors that the index does not list for them: "b"',
    ],
    [
      "a tensor in another shard than listed",
      { ...shards, [INDEX]: { weight_map: { a: FIRST, b: SECOND, c: SECOND } } },
      ': the shards lack tensors that the index lists for them: "b"; shards hold tensors that the index does not list for them: "b"',
    ],
    [
      "a damaged shard",
      { ...shards, [SECOND]: "short", [INDEX]: { weight_map: { a: FIRST, b: FIRST, c: SECOND } } },
      `text_encoder/${SECOND} has 5 bytes`,
    ],
  ];
  test.each(cases)("%s", async (_, files, message) => {
    await expect(open(files)).rejects.toThrow(CheckpointError);
    await expect(open(files)).rejects.toThrow(message);
  });

  test.each([
    "../x.safetensors",
    "/etc/x.safetensors",
    "sub/x.safetensors",
    "..\\x.safetensors",
    "C:x.safetensors",
    "x.safetensors\u0000.safetensors",
    "..",
    "",
    "pytorch_model.bin",
  ])("the shard name %j", async (shard) => {
    await expect(open({ [INDEX]: { weight_map: { a: shard } } })).rejects.toThrow(
      "expected the plain name of a .safetensors file",
    );
  });
});

test("a shard whose link dangles is named with its target", async () => {
  const folder = temporaryFolder();
  writeFiles(folder, { [INDEX]: { weight_map: { a: FIRST } } });
  symlinkSync("../blobs/1", join(folder, FIRST));
  await expect(readShardedIndex(join(folder, INDEX))).rejects.toThrow(
    `1 of 1 shards are missing: "${FIRST}" (it is a link to "../blobs/1", which does not exist)`,
  );
});
