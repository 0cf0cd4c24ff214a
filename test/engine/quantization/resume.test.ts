/** Rounded weights on disk: a file that was broken off is taken up again and is in the end the same, byte for byte. */
import { readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { quantizedContent, schemeMetadata } from "../../../src/checkpoint/quantized/quantized-content.js";
import { readSafetensorsHeader } from "../../../src/checkpoint/safetensors/safetensors.js";
import { resumeSafetensors, writeSafetensors } from "../../../src/checkpoint/safetensors/safetensors-writer.js";
import { CheckpointError } from "../../../src/errors.js";
import { openModelFolder, openWeightsOf } from "../../../src/loading/model-folder.js";
import { TINY, waves } from "../../support/tiny-networks.js";
import { scratch, sourceOf } from "./quantized-network.js";

class Stop extends Error {}

const source = await openWeightsOf(await openModelFolder(TINY), "text_encoder");
const keys = new Set(
  [...source.tensors].filter(([, { shape }]) => shape.length === 2 && (shape[1] ?? 0) >= 16).map(([key]) => key),
);
const contents = () => quantizedContent(source, keys, "int8-columns");
const metadata = schemeMetadata("int8-columns");

test("broken off by its caller and by a kill in the middle of a tensor", async () => {
  const [whole, resumed] = [join(scratch, "whole.safetensors"), join(scratch, "resumed.safetensors")];
  await writeSafetensors(whole, contents(), { metadata });
  const expected = readFileSync(whole);

  let seen = 0;
  const stopHalfWay = (bytes: number): void => {
    seen += bytes;
    if (seen > expected.length / 2) {
      throw new Stop();
    }
  };
  await expect(resumeSafetensors(resumed, contents(), { metadata, onBytes: stopHalfWay })).rejects.toThrow(Stop);
  const partial = `${resumed}.partial`;
  const begun = readFileSync(partial).length;
  expect(begun).toBeGreaterThan(expected.length / 4);
  truncateSync(partial, begun - 3);

  const written: number[] = [];
  await resumeSafetensors(resumed, contents(), { metadata, onBytes: (bytes) => written.push(bytes) });
  expect(readFileSync(resumed).equals(expected)).toBe(true);
  expect(written[0]).toBeGreaterThan(0); // What was there counts as written, and was not written again.
});

test("what was begun for another scheme is not gone on with", async () => {
  const file = join(scratch, "other.safetensors");
  writeFileSync(`${file}.partial`, readFileSync(join(scratch, "whole.safetensors")).fill(7, 8, 40));
  await resumeSafetensors(file, contents(), { metadata });
  expect(readFileSync(file).equals(readFileSync(join(scratch, "whole.safetensors")))).toBe(true);
});

test("a weight that is not finite is named", async () => {
  const bad = waves([16, 16]);
  bad.data[17] = NaN;
  const file = join(scratch, "bad.safetensors");
  const content = quantizedContent(await sourceOf({ "some.weight": bad }), new Set(["some.weight"]), "int8-full");
  const failed = writeSafetensors(file, content);
  await expect(failed).rejects.toThrow(CheckpointError);
  await expect(failed).rejects.toThrow(/"some.weight" holds a number that is not finite/);
});

test("a scheme of a later version is refused by name", async () => {
  const file = join(scratch, "later.safetensors");
  await writeSafetensors(file, contents(), { metadata: { "kandinsky3.quantization": "int3" } });
  await expect(readSafetensorsHeader(file)).rejects.toThrow(
    /kandinsky3.quantization is "int3", expected one of int8-full /,
  );
});
