/** What a PyTorch file may not be: hostile, cut off, or something else. Each is refused in one sentence that names the file. */
import { mkdtempSync, readdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readTorchFile } from "../../../src/checkpoint/torch/torch-file.js";
import { TorchProblem } from "../../../src/checkpoint/torch/torch-value.js";
import { unpickle } from "../../../src/checkpoint/torch/unpickler.js";
import { CheckpointError } from "../../../src/errors.js";
import { original } from "../../support/goldens.js";
import { temporaryFolder } from "../support.js";

test.each([
  ["evil.pt", '"posix.system"'],
  ["evil_nested.pt", '"posix.system"'],
  ["evil_legacy.pt", '"posix.system"'],
  ["evil_eval.pt", '"__builtin__.eval"'],
])("%s is refused by the name that it calls, and leaves no trace", async (file, name) => {
  const scratch = mkdtempSync(join(tmpdir(), "kandinsky3-hostile-"));
  const before = process.cwd();
  process.chdir(scratch);
  try {
    const path = original.path(`bad/${file}`);
    await expect(readTorchFile(path)).rejects.toThrow(CheckpointError);
    await expect(readTorchFile(path)).rejects.toThrow(
      `${path}: its pickle refers to ${name}, expected only what tensors are stored with (nothing of the file was executed)`,
    );
    expect(readdirSync(scratch)).toEqual([]);
  } finally {
    process.chdir(before);
  }
});

test.each([
  ["truncated.pt", "has no zip directory at its end (a cut-off file?)"],
  ["truncated_legacy.pt", "bytes at"],
  ["short_storage.pt", 'the record "data/" of storage "0" has'],
  ["not_a_checkpoint.pt", "is a web page"],
  ["empty.pt", "is empty, as a download that never began"],
])("%s", async (file, sentence) => {
  const path = original.path(`bad/${file}`);
  await expect(readTorchFile(path)).rejects.toThrow(CheckpointError);
  await expect(readTorchFile(path)).rejects.toThrow(`${path}: `);
  await expect(readTorchFile(path)).rejects.toThrow(sentence);
});

test("a tar archive of the first versions is called what it is", async () => {
  const file = join(temporaryFolder(), "old.pt");
  writeFileSync(file, Buffer.concat([Buffer.alloc(257, 1), Buffer.from("ustar"), Buffer.alloc(300)]));
  await expect(readTorchFile(file)).rejects.toThrow(
    "is a tar archive, as PyTorch wrote them before 0.2, which is not read",
  );
});

const MIB = 1024 * 1024;

describe("pickles that ask for more than they are", () => {
  test.each<[string, Buffer, string]>([
    ["a text longer than the file", Buffer.from("\x80\x02X\xff\xff\xff\x7f", "latin1"), "ends before its last opcode"],
    [
      "bytes longer than any file",
      Buffer.from(`\x80\x04\x8e${"\xff".repeat(8)}`, "latin1"),
      "ends before its last opcode",
    ],
    [
      "a number of a billion bytes",
      Buffer.from("\x80\x02\x8b\x00\x00\x00\x40", "latin1"),
      "an integer of 1073741824 bytes",
    ],
    ["a million dictionaries", Buffer.from(`\x80\x02${"}".repeat(MIB)}.`, "latin1"), "more than 500000 opcodes"],
    ["a million marks", Buffer.from(`\x80\x02${"(".repeat(MIB)}.`, "latin1"), "more than 500000 opcodes"],
    [
      "a call of what is not called",
      Buffer.from("\x80\x02K\x01)R.", "latin1"),
      "calls a number, which cannot be called",
    ],
    [
      "an instance of a class",
      Buffer.from("\x80\x02ccollections\nOrderedDict\n)\x81.", "latin1"),
      "opcode 0x81 at byte 28",
    ],
    ["state of what has none", Buffer.from("\x80\x02]}b.", "latin1"), "sets the state of a list"],
    ["an empty stack", Buffer.from("\x80\x020.", "latin1"), "takes from an empty stack"],
    ["protocol 0", Buffer.from("cos\nsystem\n(S'x'\ntR.", "latin1"), '"os.system"'],
  ])("%s", (_name, bytes, sentence) => {
    expect(() => unpickle(bytes)).toThrow(TorchProblem);
    expect(() => unpickle(bytes)).toThrow(sentence);
  });

  test("a list that holds itself is read, since nothing walks through it", () => {
    const { value } = unpickle(Buffer.from("\x80\x02]q\x00h\x00a.", "latin1"));
    expect(Array.isArray(value) && value[0] === value).toBe(true);
  });
});

/** A tensor over a storage of `elements` float32 numbers, as `torch.save` pickles it. */
function tensorPickle(elements: number, offset: number, shape: string, stride: string): Buffer {
  const text =
    "\x80\x02ctorch._utils\n_rebuild_tensor_v2\n((X\x07\x00\x00\x00storagectorch\nFloatStorage\n" +
    `X\x01\x00\x00\x000X\x03\x00\x00\x00cpuK${String.fromCharCode(elements)}tQ` +
    `K${String.fromCharCode(offset)}${shape}${stride}\x89NtR.`;
  return Buffer.from(text, "latin1");
}

describe("tensors beyond their storage", () => {
  test("the sound one is read", () => {
    expect(unpickle(tensorPickle(6, 0, "K\x02K\x03\x86", "K\x03K\x01\x86")).value).toMatchObject({
      shape: [2, 3],
      stride: [3, 1],
    });
  });

  test.each([
    [
      "an offset too far",
      tensorPickle(6, 1, "K\x02K\x03\x86", "K\x03K\x01\x86"),
      "ends at element 7, expected at most 6",
    ],
    [
      "strides too wide",
      tensorPickle(6, 0, "K\x02K\x03\x86", "K\x04K\x01\x86"),
      "ends at element 7, expected at most 6",
    ],
    ["one value a million times", tensorPickle(6, 0, "J\x00\x00\x10\x00\x85", "K\x00\x85"), "has shape [1048576]"],
    ["a negative size", tensorPickle(6, 0, "J\xff\xff\xff\xff\x85", "K\x01\x85"), "its shape is -1"],
    ["fewer strides than sizes", tensorPickle(6, 0, "K\x02K\x03\x86", "K\x03\x85"), "has 2 sizes and 1 strides"],
  ])("%s", (_name, bytes, sentence) => {
    expect(() => unpickle(bytes)).toThrow(TorchProblem);
    expect(() => unpickle(bytes)).toThrow(sentence);
  });
});
