/** The library as people write it: images that can be saved, and images given in every way. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ImageInput, Kandinsky3, type RawImage } from "../../src/index.js";
import { readMetadata } from "../../src/image/metadata/metadata.js";

const folder = mkdtempSync(join(tmpdir(), "kandinsky3-library-"));
const FAST = { prompt: "a red house in the snow", seed: 1, numInferenceSteps: 2 } as const;
let pipe: Kandinsky3;
let house: RawImage;

beforeAll(async () => {
  pipe = await Kandinsky3.fromPretrained();
  const { images } = await pipe.textToImage(FAST);
  house = images[0] ?? expect.fail("no image");
});

afterAll(async () => {
  await pipe[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

describe("an image", () => {
  test("knows its pixels and its settings", () => {
    expect(house).toMatchObject({ width: 128, height: 128, channels: 3 });
    expect(house.data).toHaveLength(128 * 128 * 3);
    expect(house.settings).toMatchObject({ ...FAST, seed: "1", model: "nano", mode: "text-to-image", imageIndex: 0 });
  });

  test.each(["png", "jpg", "jpeg", "webp", "PNG"])("is saved as .%s with what made it, or without", async (ending) => {
    const file = join(folder, `house.${ending}`);
    await house.save(file);
    expect(readMetadata(readFileSync(file)).settings).toEqual(house.settings);
    await house.save(file, { metadata: false });
    expect(readMetadata(readFileSync(file))).toEqual({});
  });

  test("takes a quality where the format is lossy, and no ending that it does not know", async () => {
    expect((await house.encode("jpeg", { quality: 30 })).length).toBeLessThan((await house.encode("jpeg")).length);
    expect((await house.encode("webp", { quality: 30 })).length).toBeLessThan((await house.encode("webp")).length);
    for (const quality of [0, 101, 1.5, NaN]) {
      await expect(house.encode("jpeg", { quality })).rejects.toThrow(
        /^quality: expected a whole number from 1 to 100/,
      );
    }
    for (const file of ["house", "house.bmp", ""]) {
      await expect(house.save(file)).rejects.toThrow(/^save: expected a file name ending in one of \.png/);
    }
    await expect(house.save(join(folder, "nowhere", "house.png"))).rejects.toThrow(/nowhere/);
  });

  test("becomes an instance of sharp with the same pixels", async () => {
    const { data, info } = await (await house.toSharp()).raw().toBuffer({ resolveWithObject: true });
    expect([info.width, info.height, info.channels]).toEqual([128, 128, 3]);
    expect(Buffer.compare(data, house.data)).toBe(0);
  });

  test("outputType decides between images, numbers and latents alone", async () => {
    const { images } = await pipe.textToImage({ ...FAST, outputType: "tensor" });
    expect(images.shape).toEqual([1, 128, 128, 3]);
    const rounded = images.data.map((value) => Math.round(Math.min(Math.max(value, 0), 1) * 255));
    expect(house.data.filter((byte, index) => Math.abs(byte - (rounded[index] ?? NaN)) > 1)).toHaveLength(0);
    const latent = await pipe.textToImage({ ...FAST, outputType: "latent" });
    expect(latent.images).toBeUndefined();
    expect(latent.latents.shape).toEqual([1, 4, 16, 16]);
  });
});

describe("images are given", () => {
  const withAlpha = (image: RawImage, alpha: (pixel: number) => number): Uint8ClampedArray =>
    Uint8ClampedArray.from({ length: (image.data.length / 3) * 4 }, (_, index) =>
      index % 4 === 3 ? alpha((index - 3) / 4) : (image.data[Math.floor(index / 4) * 3 + (index % 4)] ?? 0),
    );

  test("as a path, a URL object, bytes, an image or pixels, and make the same", { timeout: 120_000 }, async () => {
    const path = join(folder, "ein Haus ñ.png");
    await house.save(path);
    const opaque = { width: 128, height: 128, data: withAlpha(house, () => 255) };
    const plain = { width: 128, height: 128, data: house.data };
    const ways: ImageInput[] = [path, pathToFileURL(path), readFileSync(path), house, plain, opaque];
    const made = [];
    for (const image of ways) {
      const { images } = await pipe.imageToImage({ ...FAST, image, strength: 0.5 });
      made.push(images[0] ?? expect.fail("no image"));
    }
    const [first] = made;
    for (const image of made) {
      expect(Buffer.compare(image.data, first?.data ?? new Uint8Array())).toBe(0);
    }
    const [fromPath, fromUrl, fromBytes, fromImage] = made.map(({ settings }) => settings?.["image"]);
    expect(fromPath).toMatchObject({ name: "ein Haus ñ.png" });
    expect(fromUrl).toEqual(fromPath);
    expect(fromBytes).toEqual({ sha256: (fromPath as { sha256: string }).sha256 });
    expect(fromImage).toBeUndefined();
  });

  test("masks likewise; pixels of one channel are the mask itself", { timeout: 120_000 }, async () => {
    const left = (pixel: number): number => (pixel % 128 < 64 ? 255 : 0);
    const grey = Uint8Array.from({ length: 128 * 128 }, (_, pixel) => left(pixel));
    const file = await sharp(grey, { raw: { width: 128, height: 128, channels: 1 } })
      .png()
      .toBuffer();
    const path = join(folder, "mask.png");
    writeFileSync(path, file);
    const rgb = Uint8Array.from({ length: grey.length * 3 }, (_, index) => grey[Math.floor(index / 3)] ?? 0);
    const size = { width: 128, height: 128 };
    const masks: ImageInput[] = [path, pathToFileURL(path), file, { ...size, data: grey }, { ...size, data: rgb }];
    const made = [];
    for (const mask of masks) {
      const { images } = await pipe.inpaint({ ...FAST, image: house, mask });
      made.push(images[0]?.data ?? expect.fail("no image"));
    }
    // A transparent part of the image itself is what is repainted.
    const holed = { ...size, data: withAlpha(house, (pixel) => 255 - left(pixel)) };
    const { images } = await pipe.imageToImage({ ...FAST, image: holed });
    for (const data of [...made, images[0]?.data ?? expect.fail("no image")]) {
      expect(Buffer.compare(data, made[0] ?? new Uint8Array())).toBe(0);
    }
  });

  test.each<{ readonly image: ImageInput; readonly message: RegExp }>([
    { image: "nowhere.png", message: /nowhere\.png.*no such file/ },
    { image: new Uint8Array(0), message: /empty/ },
    { image: { width: 4, height: 4, data: new Uint8Array(5) }, message: /^image: got 5 bytes for 4 x 4 pixels/ },
    { image: { width: 0, height: 4, data: new Uint8Array(0) }, message: /^image: got 0 bytes/ },
  ])("$message is an error", async ({ image, message }) => {
    await expect(pipe.imageToImage({ ...FAST, image })).rejects.toThrow(message);
  });
});
