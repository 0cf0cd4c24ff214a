/** Inpainting on the command line: masks from files and from transparency, rotated photos, and what is written down. */
import { readFileSync, rmSync } from "node:fs";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readPicture } from "../../../src/image/reading/decode.js";
import { readMetadata } from "../../../src/image/metadata/metadata.js";
import { runCli, scratchFolder } from "../run-cli.js";

let folder: string;
beforeEach(() => {
  folder = scratchFolder();
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const [WIDTH, HEIGHT] = [80, 50];

/** A picture of `channels` in which everything is known: a ramp, and from x = 40 on transparent where there is an alpha channel. */
function ramp(channels: 3 | 4): Buffer {
  const data = Buffer.alloc(WIDTH * HEIGHT * channels);
  for (let pixel = 0; pixel < WIDTH * HEIGHT; pixel++) {
    const x = pixel % WIDTH;
    data.set([x * 3, Math.floor(pixel / WIDTH) * 5, 255 - x, x < 40 ? 255 : 0].slice(0, channels), pixel * channels);
  }
  return data;
}

const image = (channels: 3 | 4) => sharp(ramp(channels), { raw: { width: WIDTH, height: HEIGHT, channels } });
const RUN = ["generate", "a red star", "--seed", "2", "--steps", "1", "--output", "out.png"];

async function bytesWhere(file: string, inside: (x: number, y: number) => boolean): Promise<number[]> {
  const { width, data } = await readPicture(file);
  return [...data].filter((_, index) => inside(Math.floor(index / 3) % width, Math.floor(index / 3 / width)));
}

test("what the mask does not name keeps its bytes, and the picture says how it was made", async () => {
  await image(3).png().toFile(join(folder, "photo.png"));
  const mask = Uint8Array.from({ length: WIDTH * HEIGHT }, (_, pixel) => (pixel % WIDTH >= 40 ? 255 : 0));
  await sharp(mask, { raw: { width: WIDTH, height: HEIGHT, channels: 1 } })
    .png()
    .toFile(join(folder, "mask.png"));
  const { code, stdout } = await runCli(folder, [
    ...RUN,
    "--image",
    "photo.png",
    "--mask",
    "mask.png",
    "--mask-blur",
    "4",
  ]);
  expect({ code, stdout: stdout.toString() }).toEqual({ code: 0, stdout: "out.png\n" });
  const kept = (x: number): boolean => x < 40;
  expect(await bytesWhere(join(folder, "out.png"), kept)).toEqual(await bytesWhere(join(folder, "photo.png"), kept));
  const changed = (x: number): boolean => x >= 50;
  expect(await bytesWhere(join(folder, "out.png"), changed)).not.toEqual(
    await bytesWhere(join(folder, "photo.png"), changed),
  );
  const { settings, parameters } = readMetadata(readFileSync(join(folder, "out.png")));
  expect(settings).toMatchObject({
    mode: "inpainting",
    image: { name: "photo.png" },
    mask: { name: "mask.png" },
    inpainting: { method: "inpainting-unet", maskArea: "whole", maskBlur: 4 },
    width: WIDTH,
    height: HEIGHT,
  });
  expect(parameters).toContain("Mask blur: 4");
});

test("the transparent part of a picture is its mask, unless a strength is given", async () => {
  await image(4).png().toFile(join(folder, "photo.png"));
  const { stderr } = await runCli(folder, [...RUN, "--image", "photo.png"]);
  expect(stderr).toBe("note: the transparent part of the picture is repainted; give --strength to change all of it\n");
  const kept = (x: number): boolean => x < 40;
  expect(await bytesWhere(join(folder, "out.png"), kept)).toEqual(await bytesWhere(join(folder, "photo.png"), kept));
  const whole = await runCli(folder, [...RUN, "--image", "photo.png", "--strength", "1"]);
  expect(whole.stderr).toContain("note: the image of 80 x 50 is scaled to 102 x 64 and cropped to 64 x 64\n");
  expect(await sharp(join(folder, "out.png")).metadata()).toMatchObject({ width: 64, height: 64 });
});

test("a rotated photo and its mask are compared as they are seen", async () => {
  await image(3).withMetadata({ orientation: 6 }).jpeg().toFile(join(folder, "photo.jpg"));
  const tall = Buffer.alloc(WIDTH * HEIGHT, 0);
  await sharp(tall, { raw: { width: HEIGHT, height: WIDTH, channels: 1 } })
    .png()
    .toFile(join(folder, "tall.png"));
  await sharp(tall, { raw: { width: WIDTH, height: HEIGHT, channels: 1 } })
    .png()
    .toFile(join(folder, "wide.png"));
  const fits = await runCli(folder, [...RUN, "--image", "photo.jpg", "--mask", "tall.png"]);
  expect(fits.stderr).toBe("note: the mask is empty: nothing of the picture changes\n");
  expect(await readPicture(join(folder, "out.png"))).toEqual(await readPicture(join(folder, "photo.jpg")));
  const wide = await runCli(folder, [...RUN, "--image", "photo.jpg", "--mask", "wide.png"]);
  expect(wide).toMatchObject({
    code: 2,
    stderr: "kandinsky3: --mask: got 80 x 50 pixels for a picture of 50 x 80, expected the same size\n",
  });
});

describe("wrong usage ends with 2 and leaves nothing behind", () => {
  test.each([
    [["--mask", "photo.png"], /--mask: got a mask without --image, expected both or none/],
    [["--extend", "left"], /--extend: expected sides and whole numbers of pixels, as left=256,top=128, got "left"/],
    [["--extend", "left=1,left=2"], /--extend: .* got "left=1,left=2"/],
    [["--extend", "up=5"], /--extend: .* got "up=5"/],
    [["--extend", "left=0"], /--extend: .* got "left=0"/],
    [["--extend", "left=9"], /^kandinsky3: --extend: got without an image/],
    [["--raw"], /^kandinsky3: --raw: got without a mask/],
    [["--mask-blur", "-1"], /--mask-blur: expected a whole number of pixels from 0 to 4096, got "-1"/],
    [["--sampler", "euler"], /--sampler: expected ddpm or original or flash, got "euler"/],
    [["--flash", "--sampler", "ddpm"], /--flash: got with --sampler ddpm, expected one of them/],
    [["--eta", "2"], /--eta: expected a number from 0 to 1, got "2"/],
    [["--eta", "0.5"], /^kandinsky3: --eta: got 0\.5 with the sampler ddpm/],
  ])("%j", async (args, message) => {
    const { code, stderr } = await runCli(folder, [...RUN, ...args]);
    expect(stderr).toMatch(message);
    expect({ code, files: readdirSync(folder) }).toEqual({ code: 2, files: [] });
  });
});
