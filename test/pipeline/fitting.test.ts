/** Image-to-image takes any image: from files of every size and shape, from pixels, and from the web. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type GenerateInputs, Kandinsky3, type RawImage } from "../../src/index.js";
import { diffusersFixture } from "../support/goldens.js";

const folder = mkdtempSync(join(tmpdir(), "kandinsky3-fitting-"));
const FAST = { prompt: "a red house", seed: 1, numInferenceSteps: 2, strength: 0.5 } as const;
let pipe: Kandinsky3;

beforeAll(async () => {
  pipe = await Kandinsky3.fromPretrained();
});

afterAll(async () => {
  await pipe.close();
  rmSync(folder, { recursive: true, force: true });
});

/** The images and the notes of a generation. */
async function paint(inputs: Partial<GenerateInputs>): Promise<{ sides: number[]; notes: string[]; image: RawImage }> {
  const notes: string[] = [];
  for await (const event of pipe.generate({ ...FAST, ...inputs })) {
    if (event.type === "notice") {
      notes.push(event.message);
    } else if (event.type === "done" && Array.isArray(event.result.images)) {
      const [image] = event.result.images as RawImage[];
      return { sides: [image?.width ?? 0, image?.height ?? 0], notes, image: image ?? expect.fail("no image") };
    }
  }
  return expect.fail("no result");
}

const file = async (width: number, height: number, orientation = 1): Promise<string> => {
  const name = join(folder, `${width}x${height}-${orientation}.jpg`);
  const create = { width, height, channels: 3, background: { r: 200, g: 80, b: 40 } } as const;
  await sharp({ create, limitInputPixels: false }).withMetadata({ orientation }).jpeg().toFile(name);
  return name;
};

test.each<[width: number, height: number, orientation: number, sides: number[]]>([
  [640, 427, 1, [128, 64]],
  [4000, 3000, 1, [128, 64]],
  [427, 640, 6, [128, 64]],
  [1, 1, 1, [64, 64]],
  [30_000, 20, 1, [256, 64]],
  [100, 100, 1, [64, 64]],
])("a file of %i x %i, turned %i", { timeout: 60_000 }, async (width, height, orientation, expected) => {
  const { sides, notes } = await paint({ image: await file(width, height, orientation) });
  expect(sides).toEqual(expected);
  const seen = orientation === 6 ? `${height} x ${width}` : `${width} x ${height}`;
  expect(notes.filter((note) => note.startsWith(`the image of ${seen} is `))).toHaveLength(1);
});

test("100 megapixels do not lie in this process as a whole", { timeout: 120_000 }, async () => {
  const image = await file(12_500, 8000);
  const before = process.memoryUsage.rss();
  let most = before;
  const watch = setInterval(() => {
    most = Math.max(most, process.memoryUsage.rss());
  }, 5);
  const { sides } = await paint({ image });
  clearInterval(watch);
  expect(sides).toEqual([128, 64]);
  expect(most - before).toBeLessThan(200e6);
});

describe("what the networks take as it is", () => {
  const pixels = { width: 128, height: 64, data: Uint8Array.from({ length: 128 * 64 * 3 }, (_, i) => (i * 7) % 251) };

  test("stays as it is, whatever the fit", async () => {
    const plain = await paint({ image: pixels });
    expect(plain.notes).toEqual([]);
    for (const fit of ["crop", "pad", "stretch"] as const) {
      const { image, notes } = await paint({ image: pixels, fit });
      expect(notes).toEqual([]);
      expect(Buffer.compare(image.data, plain.image.data)).toBe(0);
    }
  });

  test("is fitted to a size that is asked for", async () => {
    for (const fit of ["crop", "stretch"] as const) {
      expect((await paint({ image: pixels, fit, width: 64, height: 128 })).sides).toEqual([64, 128]);
    }
    const padded = await paint({ image: pixels, fit: "pad", width: 128, height: 128 });
    expect(padded.sides).toEqual([128, 64]);
    expect(padded.notes).toEqual(["the image of 128 x 64 is padded to 128 x 128 while it is worked on"]);
    expect(padded.image.settings).toMatchObject({ fit: "pad", width: 128, height: 64 });
  });
});

test("a size that breaks the reference's U-Net is fitted", async () => {
  const { sides, notes } = await paint({ image: diffusersFixture("pictures/source_128x96.png") });
  expect(sides).toEqual([128, 64]);
  expect(notes).toEqual(["the image of 128 x 96 is cropped to 128 x 64"]);
});

test("padding is cut off again: all of the image comes back in its proportions", async () => {
  const { sides, notes } = await paint({ image: await file(640, 427), fit: "pad" });
  expect(sides).toEqual([156, 104]);
  expect(notes).toEqual([
    "the image of 640 x 427 is scaled to 156 x 104 and padded to 192 x 128 while it is worked on",
  ]);
});

test("with a mask neither size nor fit", async () => {
  const image = await file(64, 64);
  const mask = { width: 64, height: 64, data: new Uint8Array(64 * 64).fill(255) };
  await expect(pipe.inpaint({ ...FAST, image, mask, fit: "pad" })).rejects.toThrow(
    /^fit: got pad, expected it for image-to/,
  );
  await expect(pipe.inpaint({ ...FAST, image, mask, width: 64 })).rejects.toThrow(/^width: got with a mask/);
  await expect(pipe.textToImage({ prompt: "a boat", fit: "pad" })).rejects.toThrow(/^fit: /);
});

describe("an address of the web", () => {
  let server: Server;
  let origin = "";
  let photo: Buffer;
  const asked: string[] = [];

  beforeAll(async () => {
    photo = await sharp(await file(128, 64))
      .png()
      .toBuffer();
    server = createServer((request, response) => {
      const { url = "" } = request;
      asked.push(url);
      if (url.startsWith("/moved")) {
        response.writeHead(302, { location: "/photo.png" }).end();
      } else if (url.startsWith("/loop")) {
        response.writeHead(302, { location: "/loop" }).end();
      } else if (url.startsWith("/file")) {
        response.writeHead(302, { location: "file:///etc/passwd" }).end();
      } else if (url.startsWith("/photo.png")) {
        response.end(photo);
      } else if (url.startsWith("/page")) {
        response.end("<!doctype html><html></html>");
      } else if (url.startsWith("/endless")) {
        const more = (): void => {
          let taken = true;
          while (taken) {
            taken = response.write(Buffer.alloc(1 << 20));
          }
          response.once("drain", more);
        };
        more();
      } else {
        response.writeHead(404).end();
      }
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  test("is fetched, through redirects, as text and as a URL object; its query stays here", async () => {
    const direct = await paint({ image: photo });
    for (const image of [`${origin}/photo.png?key=secret`, new URL(`${origin}/moved`)]) {
      const { image: made } = await paint({ image });
      expect(Buffer.compare(made.data, direct.image.data)).toBe(0);
    }
    const { image } = await paint({ image: `${origin}/photo.png?key=secret` });
    expect(image.settings?.["image"]).toMatchObject({ name: `${origin}/photo.png` });
    expect(asked).toContain("/photo.png?key=secret");
  });

  test.each([
    [
      "/none.png",
      /^the image http:\/\/127\.0\.0\.1:\d+\/none\.png cannot be fetched: 127\.0\.0\.1:\d+ answers 404, expected 200$/,
    ],
    ["/loop", /cannot be fetched: it is redirected more than 5 times$/],
    ["/file", /cannot be fetched: the image "file:\/\/\/etc\/passwd" has no address of the web/],
    ["/endless", /cannot be fetched: it has more than 67\.1 MB$/],
    ["/page", /^the picture "http:\/\/127\.0\.0\.1:\d+\/page" cannot be read: it is a HTML file, which is a web page/],
  ])("%s is one sentence", async (path, message) => {
    await expect(pipe.imageToImage({ ...FAST, image: origin + path })).rejects.toThrow(message);
  });

  test("that nobody answers is one sentence", async () => {
    await expect(pipe.imageToImage({ ...FAST, image: "http://127.0.0.1:1/a.png" })).rejects.toThrow(
      /^the image http:\/\/127\.0\.0\.1:1\/a\.png cannot be fetched: .*ECONNREFUSED/,
    );
  });
});
