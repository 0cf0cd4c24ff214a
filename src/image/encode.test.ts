import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { readPicture } from "./reading/decode.js";
import { encodePicture, PICTURE_FORMATS } from "./encode.js";
import { readMetadata } from "./metadata/metadata.js";
import { pixelsOf } from "./pixels.js";
import { insertPngTexts, readPngTexts } from "./metadata/png-chunks.js";

const width = 41;
const height = 23;
const smooth = pixelsOf(
  width,
  height,
  Uint8Array.from({ length: width * height * 3 }, (_, i) => (Math.floor(i / 3) % width) * 4 + (i % 3) * 20),
);
const metadata = {
  parameters: "a red cat →\nNegative prompt: fog\nSteps: 25, Sampler: DDPM, CFG scale: 4",
  settings: { prompt: "a red cat →", seed: 1, nested: { list: [1, null, true, "é"] } },
};

describe("encodePicture", () => {
  test("PNG keeps every byte, in 8-bit RGB", async () => {
    const flat = pixelsOf(4, 4, new Uint8Array(48).fill(9));
    for (const picture of [smooth, flat]) {
      const file = await encodePicture(picture, "png", { metadata });
      expect(await readPicture(file)).toEqual({ ...picture, data: Buffer.from(picture.data) });
      expect(await sharp(file).metadata()).toMatchObject({ channels: 3, depth: "uchar", space: "srgb" });
    }
  });

  test.each(PICTURE_FORMATS)("%s is near the picture and gives its metadata back", async (format) => {
    for (const parameters of [metadata.parameters, "plain: Latin-1 é", "", "a", "two\u0000parts"]) {
      const file = await encodePicture(smooth, format, { metadata: { ...metadata, parameters } });
      expect(readMetadata(file)).toEqual({ ...metadata, parameters });
      const picture = await readPicture(file);
      expect([picture.width, picture.height]).toEqual([width, height]);
      expect(Math.max(...picture.data.map((byte, i) => Math.abs(byte - (smooth.data[i] ?? 0))))).toBeLessThan(16);
      expect((await sharp(file).metadata()).format).toBe(format);
    }
  });

  test.each(PICTURE_FORMATS)("%s without metadata has none", async (format) => {
    expect(readMetadata(await encodePicture(smooth, format))).toEqual({});
  });

  test("too long a text for a JPEG segment is an error, elsewhere it fits", async () => {
    const long = { parameters: "cat ".repeat(20_000), settings: {} };
    await expect(encodePicture(smooth, "jpeg", { metadata: long })).rejects.toThrow("too long for a JPEG file");
    expect(readMetadata(await encodePicture(smooth, "webp", { metadata: long }))).toEqual(long);
    expect(readMetadata(await encodePicture(smooth, "png", { metadata: long }))).toEqual(long);
  });
});

describe("damaged metadata", () => {
  test("settings that are no JSON object are an error", async () => {
    const png = await encodePicture(smooth, "png");
    for (const kandinsky3 of ["{", "[1]", "3"]) {
      expect(() => readMetadata(insertPngTexts(png, { kandinsky3 }))).toThrow("settings are damaged");
    }
  });

  test("any cut or changed byte gives an error or a reading, never another exception", async () => {
    for (const format of PICTURE_FORMATS) {
      const file = await encodePicture(smooth, format, { metadata });
      for (let i = 0; i < file.length; i += 3) {
        const changed = Buffer.from(file);
        changed.writeUInt8(changed.readUInt8(i) ^ 0xa5, i);
        for (const bytes of [file.subarray(0, i), changed]) {
          try {
            readMetadata(bytes);
          } catch (thrown) {
            expect(thrown).toHaveProperty("code", "image");
          }
        }
      }
    }
  });
});

describe("PNG chunks", () => {
  test("Latin-1 goes to tEXt, other text to iTXt, before the picture data", async () => {
    const png = await encodePicture(smooth, "png");
    const file = insertPngTexts(png, { one: "café", two: "кот" });
    const place = (type: string): number => file.indexOf(type, 0, "latin1");
    expect(place("tEXt")).toBeGreaterThan(place("IHDR"));
    expect(place("iTXt")).toBeGreaterThan(place("tEXt"));
    expect(place("IDAT")).toBeGreaterThan(place("iTXt"));
    expect(Object.fromEntries(readPngTexts(file))).toEqual({ one: "café", two: "кот" });
  });

  test("broken lengths, checksums and ends are refused", async () => {
    const png = insertPngTexts(await encodePicture(smooth, "png"), { one: "text" });
    const length = Buffer.from(png);
    length.writeUInt32BE(0x7fffffff, 33);
    expect(() => readPngTexts(length)).toThrow('chunk "tEXt" at byte 33 claims 2147483647 bytes');
    const checksum = Buffer.from(png);
    checksum.write("X", 45);
    expect(() => readPngTexts(checksum)).toThrow("does not match its checksum");
    expect(() => readPngTexts(png.subarray(0, png.length - 12))).toThrow("without an IEND chunk");
    expect(() => readPngTexts(Buffer.from("GIF89a"))).toThrow("signature");
  });
});
