import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ImageError } from "../errors.js";
import { readPicture } from "./decode.js";

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
  test("a colour profile does not change the values", async () => {
    const file = await sharp(source, raw).withIccProfile("p3").png().toBuffer();
    // What the file holds, which writing with a profile has changed already.
    const stored = await sharp(file, { ignoreIcc: true }).raw().toBuffer();
    expect((await sharp(file).metadata()).icc).toBeDefined();
    expect(Buffer.compare((await readPicture(file)).data, stored)).toBe(0);
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
      ["drawing.svg", Buffer.from("<svg xmlns='http://www.w3.org/2000/svg'/>"), "expected a PNG, JPEG or WebP file"],
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
