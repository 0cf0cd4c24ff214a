/** Against Pillow: decoded values and resized pictures are equal to the byte; texts that it wrote are read. */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { readPicture } from "../../src/image/reading/decode.js";
import { readMetadata } from "../../src/image/metadata/metadata.js";
import { pixelsOf, type Pixels } from "../../src/image/pixels.js";
import { readPngTexts } from "../../src/image/metadata/png-chunks.js";
import { resizePixels } from "../../src/image/resize.js";
import { parseNpy } from "../../src/tensor/npy.js";
import { casesOf, diffusersFixture, type GoldenCase } from "../support/goldens.js";

interface PictureCase extends GoldenCase {
  readonly inputs: { readonly image?: string };
  readonly files: { readonly resized_pixels?: string };
}

const FIXTURES = new URL("fixtures/", import.meta.url).pathname;
const names = readdirSync(FIXTURES);

function arrayAsPixels(file: string): Pixels {
  const { shape, data } = parseNpy(readFileSync(file));
  const [height = 0, width = 0] = shape.slice(-3);
  if (!(data instanceof Uint8Array)) {
    throw new Error(`${file} is no uint8 array`);
  }
  return pixelsOf(width, height, data);
}

function expectSamePixels(actual: Pixels, expected: Pixels): void {
  expect([actual.width, actual.height]).toEqual([expected.width, expected.height]);
  expect(Buffer.compare(actual.data, expected.data)).toBe(0);
}

describe("decoding", () => {
  test.each(names.filter((name) => /^decode_.*\.(png|jpg|webp)$/.test(name)))("%s", async (name) => {
    expectSamePixels(await readPicture(FIXTURES + name), arrayAsPixels(`${FIXTURES}${name}.npy`));
  });
});

describe("resizing", () => {
  test.each(names.filter((name) => name.endsWith("_out.npy")))("%s", (name) => {
    const expected = arrayAsPixels(FIXTURES + name);
    const source = arrayAsPixels(FIXTURES + name.replace("_out", "_in"));
    expectSamePixels(resizePixels(source, expected.width, expected.height), expected);
  });

  const goldens = casesOf<PictureCase>("e2e").flatMap(
    ({ id, inputs: { image }, files: { resized_pixels: resized } }) =>
      image !== undefined && resized !== undefined ? [{ id, image, resized }] : [],
  );
  test.each(goldens)("golden $id", async ({ image, resized }) => {
    const expected = arrayAsPixels(diffusersFixture(resized));
    const source = await readPicture(diffusersFixture(image));
    expectSamePixels(resizePixels(source, expected.width, expected.height), expected);
  });
});

describe("metadata of other programs", () => {
  const parameters =
    "an arrow → the east\nNegative prompt: fog\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 1, Size: 14x9";

  test.each(["texts.png", "comment.jpg", "comment.webp"])("%s has parameters only", (name) => {
    expect(readMetadata(readFileSync(FIXTURES + name))).toEqual({ parameters });
  });

  test("all kinds of PNG text chunks are read", () => {
    expect(Object.fromEntries(readPngTexts(readFileSync(`${FIXTURES}texts.png`)))).toEqual({
      Title: "café",
      zipped: "aé".repeat(300),
      parameters,
      "zipped itxt": "→".repeat(300),
    });
  });

  test("a picture without any has none", () => {
    expect(readMetadata(readFileSync(`${FIXTURES}decode_gray.png`))).toEqual({});
    expect(readMetadata(readFileSync(`${FIXTURES}decode_turned.jpg`))).toEqual({});
    expect(readMetadata(readFileSync(`${FIXTURES}decode_alpha.webp`))).toEqual({});
  });
});
