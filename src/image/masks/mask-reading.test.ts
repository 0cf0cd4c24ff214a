/** What a mask's file means, and that coding does not change it. */
import sharp, { type Sharp } from "sharp";
import { describe, expect, test } from "vitest";
import { readMask, readMaskInput } from "../reading/image-input.js";
import type { RepaintMask } from "./mask.js";

const png = (data: number[], channels: 1 | 2 | 3 | 4, width = data.length / channels): Promise<Buffer> =>
  sharp(Uint8Array.from(data), { raw: { width, height: 1, channels } })
    .png()
    .toBuffer();

test("brightness is what counts: grey, colours, and an alpha channel that is opaque", async () => {
  expect((await readMask(await png([0, 100, 255], 1))).data).toEqual(Uint8Array.of(0, 100, 255));
  // Pillow's convert("L") of pure red, green and blue.
  expect((await readMask(await png([255, 0, 0, 0, 255, 0, 0, 0, 255], 3))).data).toEqual(Uint8Array.of(76, 150, 29));
  expect((await readMask(await png([255, 255, 255, 255, 0, 0, 0, 255], 4))).data).toEqual(Uint8Array.of(255, 0));
});

const [WIDTH, HEIGHT] = [160, 128];
const drawing = (body: string): Sharp =>
  sharp(Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}">${body}</svg>`));
const STROKE = 'd="M24 100 C 50 10, 90 130, 130 30" stroke-width="18" stroke-linecap="round" fill="none"';
const strokes = (colour: string): Sharp => drawing(`<path ${STROKE} stroke="${colour}"/>`);
const photo = (body: string): Sharp =>
  drawing(
    `<defs><linearGradient id="sky"><stop offset="0" stop-color="#124"/><stop offset="1" stop-color="#fc8"/></linearGradient>
    <mask id="hole"><rect width="100%" height="100%" fill="white"/>${body}</mask></defs>
    <rect width="100%" height="100%" fill="url(#sky)" mask="url(#hole)"/>`,
  );
const withHole = (): Sharp => photo('<circle cx="70" cy="60" r="30"/>');
const at = ({ data }: RepaintMask, x: number, y: number): number | undefined => data[y * WIDTH + x];
const alphaOf = (image: Sharp): Promise<Buffer> => image.clone().extractChannel(3).raw().toBuffer();

describe("a layer of strokes of one colour repaints the strokes, as they are", () => {
  test.each(["black", "white", "red", "#8a8a8a"])("%s", async (colour) => {
    const image = strokes(colour);
    const { mask, reading } = await readMaskInput(await image.png().toBuffer());
    expect(reading).toBe("strokes");
    expect(Buffer.from(mask.data)).toEqual(await alphaOf(image));
    expect(at(mask, 0, 0)).toBe(0);
  });

  test("grey and alpha, a palette, edges mixed with the transparent black, and lossy WebP", async () => {
    const { data } = await strokes("white").raw().toBuffer({ resolveWithObject: true });
    const mixed = data.map((value, index) => (index % 4 === 3 ? value : (data[index - (index % 4) + 3] ?? 0)));
    const files = [
      strokes("white").toColourspace("b-w").png(),
      strokes("red").png({ palette: true }),
      sharp(mixed, { raw: { width: WIDTH, height: HEIGHT, channels: 4 } }).png(),
      ...["black", "white", "red", "lime", "#3060c0"].map((colour) => strokes(colour).webp({ quality: 30 })),
    ];
    for (const [index, file] of files.entries()) {
      const { mask, reading } = await readMaskInput(await file.toBuffer());
      expect(reading, `file ${index}`).toBe("strokes");
      expect([at(mask, 0, 0), at(mask, 24, 100)]).toEqual([0, 255]);
    }
  });
});

describe("a picture with a hole, as the images APIs take it, repaints the hole", () => {
  test("in colours, in grey, in a palette, in lossy WebP, and with a soft edge", async () => {
    const files = [
      withHole().png(),
      withHole().toColourspace("b-w").png(),
      withHole().png({ palette: true }),
      withHole().webp({ quality: 30 }),
      photo('<circle cx="70" cy="60" r="30" opacity="0.5"/><circle cx="70" cy="60" r="20"/>').png(),
    ];
    for (const file of files) {
      const { mask, reading } = await readMaskInput(await file.toBuffer());
      expect(reading).toBe("hole");
      expect([at(mask, 0, 0), at(mask, 70, 60)]).toEqual([0, 255]);
    }
  });

  test("all of a file that is transparent throughout", async () => {
    const { mask, reading } = await readMaskInput(await png([9, 9, 9, 0, 200, 0, 0, 0], 4));
    expect({ reading, data: mask.data }).toEqual({ reading: "hole", data: Uint8Array.of(255, 255) });
  });
});

const SHAPES = {
  ellipse: '<ellipse cx="80" cy="64" rx="50" ry="36" fill="white"/>',
  strokes: `<path ${STROKE} stroke="white"/>`,
  thin: `<path ${STROKE.replace("18", "5")} stroke="white"/>`,
  rectangle: '<rect x="21" y="35" width="77" height="51" fill="white"/>',
};
const BLACK = '<rect width="100%" height="100%"/>';
const CODED: readonly (readonly [string, (image: Sharp) => Sharp])[] = [30, 50, 75, 95].flatMap((quality) => [
  [`JPEG of quality ${quality}`, (image) => image.jpeg({ quality })] as const,
  [`WebP of quality ${quality}`, (image) => image.webp({ quality })] as const,
  [`AVIF of quality ${quality}`, (image) => image.avif({ quality, effort: 0 })] as const,
]);

/** Whether a pixel and all within 1 of it have one value. */
function isFlat(data: Uint8Array, pixel: number): boolean {
  const [x, y] = [pixel % WIDTH, Math.floor(pixel / WIDTH)];
  return [-1, 0, 1].every((dy) =>
    [-1, 0, 1].every((dx) => {
      const inside = x + dx >= 0 && x + dx < WIDTH && y + dy >= 0 && y + dy < HEIGHT;
      return !inside || data[pixel + dy * WIDTH + dx] === data[pixel];
    }),
  );
}

describe.each(CODED)("%s", (_name, encode) => {
  test.each(Object.entries(SHAPES))("%s: black and white are what they were", async (_shape, body) => {
    const exact = await drawing(BLACK + body)
      .greyscale()
      .raw()
      .toBuffer();
    const { data } = await readMask(await encode(drawing(BLACK + body).flatten()).toBuffer());
    const wrong = exact.filter((value, pixel) => isFlat(exact, pixel) && data[pixel] !== value);
    expect(wrong.length).toBe(0);
  });

  test("a soft edge stays soft", async () => {
    const soft = (): Sharp =>
      drawing(BLACK + SHAPES.ellipse)
        .flatten()
        .blur(6);
    const exact = await soft().greyscale().raw().toBuffer();
    const { data } = await readMask(await encode(soft()).toBuffer());
    const errors = [...exact].flatMap((value, pixel) =>
      value > 0 && value < 255 ? [Math.abs(value - (data[pixel] ?? NaN))] : [],
    );
    expect(errors.reduce((sum, error) => sum + error, 0) / errors.length).toBeLessThan(6);
    expect(Math.max(...errors)).toBeLessThan(48);
    expect(data[0]).toBe(0);
  });

  test("specks far from the mask are nothing, on black and on white, and a mask of dots keeps them", async () => {
    const dots = '<rect x="10" y="10" width="2" height="2" fill="white"/>';
    const mask = await readMask(await encode(drawing(BLACK + SHAPES.ellipse + dots).flatten()).toBuffer());
    expect(at(mask, 10, 10)).toBe(0);
    const negative = await readMask(
      await encode(
        drawing(BLACK + SHAPES.ellipse + dots)
          .flatten()
          .negate(),
      ).toBuffer(),
    );
    expect(at(negative, 10, 10)).toBe(255);
    const alone = await readMask(await encode(drawing(BLACK + dots).flatten()).toBuffer());
    expect(at(alone, 10, 10)).toBeGreaterThan(0);
  });
});

test("what is stored exactly stays exact: PNG and lossless WebP, noise and specks too", async () => {
  const noise = Uint8Array.from({ length: WIDTH * HEIGHT }, (_, pixel) => (pixel * 37) % 256);
  const image = (): Sharp => sharp(noise, { raw: { width: WIDTH, height: HEIGHT, channels: 1 } });
  for (const file of [image().png(), image().webp({ lossless: true })]) {
    expect((await readMask(await file.toBuffer())).data).toEqual(noise);
  }
});
