/** Weights stored in half precision mean exactly the numbers that they store. */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { Kandinsky3 } from "../../src/pipeline/kandinsky3.js";
import { encodeHalf, roundToHalf } from "../../src/tensor/float16.js";
import { diffusersFixture } from "../support/goldens.js";

const folder = mkdtempSync(join(tmpdir(), "kandinsky3-half-"));

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

interface Entry {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data_offsets: readonly [number, number];
}

/** Rewrites a float32 safetensors file; `store` turns values into bytes. */
function rewrite(file: Buffer, dtype: string, store: (values: Float32Array) => Uint8Array): Buffer {
  const length = Number(file.readBigUInt64LE(0));
  const header = JSON.parse(file.subarray(8, 8 + length).toString("utf8")) as Record<string, Entry>;
  const rewritten: Record<string, unknown> = {};
  const parts: Uint8Array[] = [];
  let offset = 0;
  for (const [name, entry] of Object.entries(header)) {
    if (name !== "__metadata__") {
      const [begin, end] = entry.data_offsets;
      const bytes = new Uint8Array(file.subarray(8 + length + begin, 8 + length + end));
      const stored = store(new Float32Array(bytes.buffer));
      parts.push(stored);
      rewritten[name] = { dtype, shape: entry.shape, data_offsets: [offset, offset + stored.length] };
      offset += stored.length;
    }
  }
  const text = Buffer.from(JSON.stringify(rewritten));
  const prefix = Buffer.alloc(8);
  prefix.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([prefix, text, ...parts]);
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array | Uint16Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

test.each(["bfloat16", "float16"] as const)("%s files give what their numbers give as float32", async (half) => {
  const model = join(folder, half);
  cpSync(diffusersFixture("tiny"), model, { recursive: true });
  for (const part of ["text_encoder", "unet", "movq"]) {
    for (const name of readdirSync(join(model, part)).filter((file) => /^[^.]+\.safetensors$/.test(file))) {
      const file = readFileSync(join(model, part, name));
      const stem = join(model, part, name.replace(".safetensors", ""));
      const type = half === "bfloat16" ? "BF16" : "F16";
      writeFileSync(
        `${stem}.half.safetensors`,
        rewrite(file, type, (values) => bytesOf(encodeHalf(values, half))),
      );
      writeFileSync(
        `${stem}.wide.safetensors`,
        rewrite(file, "F32", (values) => bytesOf(roundToHalf(values, half))),
      );
    }
  }
  const request = { prompt: "a red cat", seed: 1, numInferenceSteps: 2, width: 64, height: 64 };
  await using narrow = await Kandinsky3.fromPretrained(model, { variant: "half" });
  await using wide = await Kandinsky3.fromPretrained(model, { variant: "wide" });
  const [actual, expected] = [await narrow.textToImage(request), await wide.textToImage(request)];
  expect(actual.latents).toEqual(expected.latents);
  expect(actual.images).toEqual(expected.images);
});
