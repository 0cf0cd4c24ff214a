import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ImageError } from "../../errors.js";
import { readLayers, readPicture } from "./decode.js";

const source = Buffer.from(Array.from({ length: 40 * 30 * 3 }, (_, i) => (i * i + i * 31) % 256));
const raw = { raw: { width: 40, height: 30, channels: 3 as const } };
let folder = "";

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "kandinsky3-decode-"));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

describe("readPicture", () => {
  /** Colours that are inside every space, so that nothing is cut off on the way there and back. */
  const soft = Buffer.from(Array.from({ length: 40 * 30 * 3 }, (_, i) => 70 + ((i * 31) % 120)));
  const largestDifference = (a: Uint8Array, b: Uint8Array): number =>
    a.reduce((most, value, index) => Math.max(most, Math.abs(value - (b[index] ?? NaN))), 0);

  test("a profile that is not sRGB's is applied: the colours arrive, not the numbers", async () => {
    const wide = await sharp(soft, raw).withIccProfile("p3").png().toBuffer();
    const stored = await sharp(wide, { ignoreIcc: true }).raw().toBuffer();
    expect(largestDifference(stored, soft)).toBeGreaterThan(8);
    expect(largestDifference((await readPicture(wide)).data, soft)).toBeLessThanOrEqual(2);
    const flat = Buffer.alloc(40 * 30 * 3).map((_, i) => [100, 140, 180][i % 3] ?? 0);
    const inks = await sharp(flat, raw).withIccProfile("cmyk").tiff({ compression: "lzw" }).toBuffer();
    expect((await sharp(inks).metadata()).space).toBe("cmyk");
    expect(largestDifference((await readPicture(inks)).data, flat)).toBeLessThanOrEqual(10); // Inks cannot show all.
  });

  test("the profile of sRGB itself changes no number", async () => {
    const file = await sharp(source, raw).withIccProfile("srgb").png().toBuffer();
    expect((await sharp(file).metadata()).icc).toBeDefined();
    expect(Buffer.compare((await readPicture(file)).data, source)).toBe(0);
  });

  test.each([
    [
      "gif",
      () =>
        sharp(Buffer.alloc(1200 * 3, 200), raw)
          .gif()
          .toBuffer(),
    ],
    [
      "avif",
      () =>
        sharp(Buffer.alloc(1200 * 3, 200), raw)
          .avif({ lossless: true })
          .toBuffer(),
    ],
    [
      "tiff",
      () =>
        sharp(Buffer.alloc(1200 * 3, 200), raw)
          .tiff()
          .toBuffer(),
    ],
    [
      "16-bit tiff",
      () =>
        sharp(new Uint16Array(1200 * 3).fill(200 * 257), raw)
          .toColourspace("rgb16")
          .tiff({ compression: "deflate" })
          .toBuffer(),
    ],
    [
      "bmp",
      async () =>
        (await import("bmp-ts")).encode({ data: Buffer.alloc(1200 * 4, 200), width: 40, height: 30, bitPP: 24 }).data,
    ],
  ])("%s is read", async (_format, encode) => {
    const { width, height, data } = await readPicture(await encode());
    expect([width, height]).toEqual([40, 30]);
    expect(largestDifference(data, Buffer.alloc(1200 * 3, 200))).toBeLessThanOrEqual(1);
  });

  test("of an animation the first frame is taken", async () => {
    const frames = Buffer.concat([Buffer.alloc(300, 10), Buffer.alloc(300, 240)]);
    const gif = await sharp(frames, { raw: { width: 10, height: 20, channels: 3, pageHeight: 10 } })
      .gif()
      .toBuffer();
    const { height, data } = await readPicture(gif);
    expect([height, data[0]]).toEqual([10, 10]);
  });

  test.each<readonly [name: string, head: string]>([
    ["HEIC", "\0\0\0\x18ftypheic\0\0\0\0mif1heic"],
    ["JPEG XL", "\xff\x0a\0\0"],
    ["JPEG XL", "\0\0\0\x0cJXL \r\n\x87\n"],
    ["Photoshop", "8BPS\0\x01"],
    ["PDF", "%PDF-1.7\n"],
    ["SVG", "<?xml version='1.0'?>\n<!-- drawn -->\n<svg xmlns='http://www.w3.org/2000/svg'/>"],
    ["HTML", "<!DOCTYPE html><html><body>404</body></html>"],
    ["video", "\0\0\0\x18ftypmp42\0\0\0\0"],
    ["Git LFS pointer", "version https://git-lfs.github.com/spec/v1\noid sha256:0\n"],
  ])("%s is named, with what to do", async (name, head) => {
    const failure = await readPicture(Buffer.from(head, "latin1")).catch((thrown: unknown) => String(thrown));
    expect(failure).toMatch(new RegExp(`the given picture cannot be read: it is a ${name} file, .*expected`));
  });

  test("a large image is scaled while it is read, and says its size", async () => {
    const file = await sharp({ create: { width: 4000, height: 3000, channels: 3, background: "red" } })
      .withMetadata({ orientation: 6 })
      .jpeg()
      .toBuffer();
    const asked: object[] = [];
    const { pixels, fullSize } = await readLayers(file, (header) => {
      asked.push(header);
      return { width: 300, height: 400 };
    });
    expect(asked).toEqual([{ width: 3000, height: 4000, hasAlpha: false }]);
    expect([pixels.width, pixels.height, fullSize]).toEqual([300, 400, { width: 3000, height: 4000 }]);
  });

  test("16 bits become their high bytes, in colour and in grey", async () => {
    const wide = Uint16Array.from({ length: 12 }, (_, i) => i * 5000 + 255);
    const colour = await sharp(wide, { raw: { width: 4, height: 1, channels: 3 } })
      .toColourspace("rgb16")
      .png()
      .toBuffer();
    expect([...(await readPicture(colour)).data]).toEqual([...wide].map((value) => value >> 8));
    const grey = await sharp(wide, { raw: { width: 12, height: 1, channels: 1 } })
      .toColourspace("grey16")
      .png()
      .toBuffer();
    expect((await sharp(grey).metadata()).depth).toBe("ushort");
    const { data } = await readPicture(grey);
    expect([...data]).toEqual([...wide].flatMap((value) => [value >> 8, value >> 8, value >> 8]));
  });

  test("whatever is wrong with the file is one sentence that names it", async () => {
    const png = await sharp(source, raw).png().toBuffer();
    const jpeg = await sharp(source, raw).jpeg().toBuffer();
    const webp = await sharp(source, raw).webp().toBuffer();
    const wrong: [name: string, content: Uint8Array, reason: string][] = [
      ["empty.png", Buffer.alloc(0), "got nothing, it is empty"],
      ["text.png", Buffer.from("no picture at all"), "got 17 bytes of something else"],
      [
        "drawing.svg",
        Buffer.from("<svg xmlns='http://www.w3.org/2000/svg'/>"),
        "it is a SVG file, which is a drawing without pixels",
      ],
      ["cut.png", png.subarray(0, png.length >> 1), "damaged or cut short"],
      ["head.png", png.subarray(0, 20), "damaged or cut short"],
      ["flipped.png", Buffer.from(png.map((byte, i) => (i === 100 ? byte ^ 0xff : byte))), "damaged or cut short"],
      ["cut.jpg", jpeg.subarray(0, jpeg.length >> 1), "damaged or cut short"],
      ["cut.webp", webp.subarray(0, webp.length >> 1), "damaged or cut short"],
    ];
    for (const [name, content, reason] of wrong) {
      const file = join(folder, name);
      writeFileSync(file, content);
      const failure: unknown = await readPicture(file).catch((thrown: unknown) => thrown);
      expect(failure, name).toBeInstanceOf(ImageError);
      expect(String(failure), name).toContain(JSON.stringify(file));
      expect(String(failure), name).toContain(reason);
      expect(String(failure), name).not.toContain("\n");
    }
    await expect(readPicture(folder)).rejects.toThrow("it is a folder, expected a file");
    await expect(readPicture(join(folder, "nowhere.png"))).rejects.toThrow("there is no such file");
    await expect(readPicture(Buffer.alloc(0))).rejects.toThrow("the given picture cannot be read");
  });

  test("a picture of too many pixels is refused before it is decoded", async () => {
    const file = await sharp(source, raw).png().toBuffer();
    file.writeUInt32BE(60_000, 16);
    file.writeUInt32BE(60_000, 20);
    const { crc32 } = await import("node:zlib");
    file.writeUInt32BE(crc32(file.subarray(12, 29)), 29);
    await expect(readPicture(file)).rejects.toThrow("expected at most 178956970 pixels, got 60000x60000");
  });
});
