/** PyTorch files read whole: each tensor equals what torch itself reads, from every container, and tensors lie in the file itself. */
import { deepStrictEqual } from "node:assert";
import { execFileSync } from "node:child_process";
import {
  closeSync,
  existsSync,
  ftruncateSync,
  openSync,
  readFileSync,
  readSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { deflateRawSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import type { TensorLocation } from "../../../src/checkpoint/tensor-location.js";
import { locateTensors } from "../../../src/checkpoint/torch/locate-tensors.js";
import { readTorchFile, type TorchFile } from "../../../src/checkpoint/torch/torch-file.js";
import { asMap } from "../../../src/checkpoint/torch/torch-value.js";
import { stateDictionary } from "../../../src/checkpoint/torch/torch-weights.js";
import { CheckpointError } from "../../../src/errors.js";
import { decodeHalf } from "../../../src/tensor/float16.js";
import { parseNpy } from "../../../src/tensor/npy.js";
import type { GoldenCase } from "../../support/goldens.js";
import { originalCases, originalFixture } from "../../support/original.js";
import { temporaryFolder } from "../support.js";
import { zipBytes } from "./zip-writer.js";

interface ReaderCase extends GoldenCase {
  readonly containers: readonly string[];
  readonly files: Readonly<Record<string, { readonly file: string; readonly dtype: string; readonly shape: number[] }>>;
}

const [CASE] = originalCases<ReaderCase>("checkpoint_reader");
const ZIP = originalFixture("reader/zip.pt");

async function tensorsOf(file: string): Promise<{ torch: TorchFile; tensors: ReadonlyMap<string, TensorLocation> }> {
  const torch = await readTorchFile(file);
  const tensors = await locateTensors(torch, stateDictionary(asMap(torch.root)?.get("tensors"), "tensors"));
  return { torch, tensors };
}

function bytesAt({ file, offset, length }: TensorLocation): Buffer {
  const handle = openSync(file, "r");
  try {
    const bytes = Buffer.alloc(length);
    expect(readSync(handle, bytes, 0, length, offset)).toBe(length);
    return bytes;
  } finally {
    closeSync(handle);
  }
}

/** Compares with the golden array, bit for bit; bfloat16 is kept widened there. */
function expectGolden(name: string, location: TensorLocation | undefined): void {
  const golden = CASE?.files[name];
  if (golden === undefined || location === undefined) {
    throw new Error(`no tensor or no golden of ${name}`);
  }
  expect([location.dtype, location.shape]).toEqual([golden.dtype, golden.shape]);
  const npy = readFileSync(originalFixture(golden.file));
  const stored = bytesAt(location);
  if (golden.dtype === "bfloat16") {
    const halves = new Uint16Array(new Uint8Array(stored).buffer);
    deepStrictEqual(decodeHalf(halves, "bfloat16"), parseNpy(npy).data);
  } else {
    expect(stored.length, name).toBe(
      golden.shape.reduce((product, size) => product * size, elementBytes(golden.dtype)),
    );
    expect(stored.equals(npy.subarray(npy.length - stored.length)), name).toBe(true);
  }
}

function elementBytes(dtype: string): number {
  return dtype === "bool" ? 1 : Number(/\d+$/.exec(dtype)?.[0]) / 8;
}

describe("the reader files", () => {
  test.each(CASE?.containers ?? [])("%s", async (container) => {
    const { torch, tensors } = await tensorsOf(originalFixture(container));
    expect([...tensors.keys()]).toEqual(Object.keys(CASE?.files ?? {}));
    for (const [name, location] of tensors) {
      expectGolden(name, location);
    }
    const plain = asMap(asMap(torch.root)?.get("plain"));
    expect(plain?.get("step")).toBe(7);
    expect(plain?.get("name")).toBe("café");
    expect(plain?.get("list")).toEqual([1, 2.5, null, true]);
    expect(plain?.get("tuple")).toEqual([1, 2]);
  });

  test("tensors in the order of their storage are mapped in place, shared ones at the same place", async () => {
    const { torch, tensors } = await tensorsOf(ZIP);
    const inPlace = [...tensors].filter(([, { file }]) => file === torch.file).map(([name]) => name);
    expect([...tensors.keys()].filter((name) => !inPlace.includes(name))).toEqual(["transposed", "slice"]);
    const [whole, row] = [tensors.get("float32"), tensors.get("shared_row")];
    expect(row?.offset).toBe((whole?.offset ?? 0) + 3 * 8 * 4);
  });
});

/** The records of a file of the fixtures, to be packed again in another way. */
async function recordsOf(file: string): Promise<Map<string, Buffer>> {
  const names = ["data.pkl", "byteorder", ...Array.from({ length: 11 }, (_, index) => `data/${index}`)];
  const bytes = readFileSync(file);
  const torch = await readTorchFile(file);
  return new Map(
    names.map((name) => {
      const place = torch.places.get(name.replace("data/", ""));
      if (place !== undefined && name.startsWith("data/")) {
        return [`zip/${name}`, bytes.subarray(place.offset, place.offset + place.length)];
      }
      const header = bytes.indexOf(`zip/${name}`);
      const start = header + `zip/${name}`.length + bytes.readUInt16LE(header - 2);
      const end = name === "data.pkl" ? bytes.indexOf("PK\u0007\b", start) : start + "little".length;
      return [`zip/${name}`, bytes.subarray(start, end)];
    }),
  );
}

describe("other ways of packing", () => {
  test("deflated records are unpacked into a folder that goes with the process", async () => {
    const file = join(temporaryFolder(), "deflated.pt");
    writeFileSync(file, zipBytes(await recordsOf(ZIP), { deflate: deflateRawSync }));
    const { tensors } = await tensorsOf(file);
    for (const [name, location] of tensors) {
      expectGolden(name, location);
      expect(location.file).not.toBe(file);
    }
    const module = (name: string): string => new URL(`../../../dist/checkpoint/torch/${name}.js`, import.meta.url).href;
    const script = `
      import { readTorchFile } from ${JSON.stringify(module("torch-file"))};
      import { locateTensors } from ${JSON.stringify(module("locate-tensors"))};
      const torch = await readTorchFile(process.argv[1]);
      const places = await locateTensors(torch, torch.root.get("tensors"));
      process.stdout.write(places.get("float32").file);`;
    const copy = execFileSync(process.execPath, ["--input-type=module", "-e", script, file], { encoding: "utf8" });
    expect(copy).toContain("kandinsky3-tensors-");
    expect(existsSync(copy)).toBe(false);
  });

  test("a deflated record that unpacks to another size is refused", async () => {
    const file = join(temporaryFolder(), "bomb.pt");
    const deflate = (bytes: Buffer): Buffer =>
      deflateRawSync(Buffer.concat([bytes, Buffer.alloc(bytes.length === 192 ? 1e6 : 0)]));
    writeFileSync(file, zipBytes(await recordsOf(ZIP), { deflate }));
    await expect(tensorsOf(file)).rejects.toThrow(CheckpointError);
    await expect(tensorsOf(file)).rejects.toThrow('bomb.pt: storage "0" unpacks to more than 192 bytes');
  });

  test("a zip64 archive whose records lie beyond 4 GiB", async () => {
    const file = join(temporaryFolder(), "large.pt");
    const gap = 5 * 2 ** 30;
    const packed = zipBytes(await recordsOf(ZIP), { gapBeforeLast: gap });
    const handle = openSync(file, "w");
    // The gap is never written: file systems keep it as a hole.
    writeSync(handle, packed.head);
    writeSync(handle, packed.tail, 0, packed.tail.length, packed.head.length + gap);
    ftruncateSync(handle, packed.head.length + gap + packed.tail.length);
    closeSync(handle);
    const { tensors } = await tensorsOf(file);
    for (const [name, location] of tensors) {
      expectGolden(name, location);
    }
    expect(Math.max(...[...tensors.values()].map(({ offset }) => offset))).toBeGreaterThan(gap);
  });

  test("a big-endian file is refused", async () => {
    const file = join(temporaryFolder(), "big.pt");
    writeFileSync(file, zipBytes(new Map([...(await recordsOf(ZIP)), ["zip/byteorder", Buffer.from("big")]])));
    await expect(tensorsOf(file)).rejects.toThrow('big.pt: has byte order "big", expected "little"');
  });
});
