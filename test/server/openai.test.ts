/** The images API as its official client speaks it. */
import OpenAI, { toFile } from "openai";
import sharp from "sharp";
import { expect, test, vi } from "vitest";
import { readPicture } from "../../src/image/reading/decode.js";
import { startApp } from "./start-app.js";

const LIMIT = { timeout: 300_000 };

function clientOf(address: string): OpenAI {
  return new OpenAI({ apiKey: "any", baseURL: `${address}/v1`, maxRetries: 0 });
}

/** Fields that the client's types do not know go through untouched. */
const extended = <Params extends object>(params: Params, more: object): Params => ({ ...params, ...more });

test("generates, in each format, with fields of ours, and names what it does not know", LIMIT, async () => {
  const { address } = await startApp();
  const client = clientOf(address);
  const asked = extended({ prompt: "a red house", n: 2, size: "128x128" as never }, { seed: 7, steps: 2, wheels: 4 });
  const made = await client.images.generate({ ...asked, model: "gpt-image-1" });
  expect(made.data).toHaveLength(2);
  expect(made).toMatchObject({ size: "128x128", output_format: "png", background: "opaque" });
  expect(JSON.stringify(Reflect.get(made, "warnings"))).toContain("wheels");
  const again = await client.images.generate(asked);
  expect(again.data?.[0]?.b64_json).toBe(made.data?.[0]?.b64_json);
  for (const format of ["jpeg", "webp"] as const) {
    const { data } = await client.images.generate({ ...asked, n: 1, output_format: format, output_compression: 50 });
    const { format: got, width } = await sharp(Buffer.from(data?.[0]?.b64_json ?? "", "base64")).metadata();
    expect([got, width]).toEqual([format, 128]);
  }
  const linked = await client.images.generate({ ...asked, n: 1, response_format: "url" });
  const file = await fetch(linked.data?.[0]?.url ?? "");
  expect(file.headers.get("content-type")).toBe("image/png");
  expect((await client.images.generate({ ...asked, n: 1, model: "dall-e-3" })).data?.[0]?.url).toBeDefined();
});

test("streams previews that are real, then the image", LIMIT, async () => {
  const { address } = await startApp();
  const events = await clientOf(address).images.generate({ prompt: "a blue boat", stream: true, partial_images: 3 });
  const seen: { type: string; image: string; index: number | undefined }[] = [];
  for await (const event of events) {
    const index = "partial_image_index" in event ? event.partial_image_index : undefined;
    seen.push({ type: event.type, image: event.b64_json, index });
  }
  expect(seen.map(({ type }) => type.replace("image_generation.", ""))).toEqual([
    "partial_image",
    "partial_image",
    "partial_image",
    "completed",
  ]);
  expect(seen.map(({ index }) => index)).toEqual([0, 1, 2, undefined]);
  const [, , late, final] = await Promise.all(seen.map(({ image }) => readPicture(Buffer.from(image, "base64"))));
  expect(late?.width).toBe(final?.width);
  const apart = (final?.data ?? new Uint8Array()).reduce(
    (sum, value, at) => sum + Math.abs(value - (late?.data[at] ?? 0)),
    0,
  );
  expect(apart / (final?.data.length ?? 1)).toBeLessThan(40);
});

test("edits repaint what is transparent in the mask, and keep every other pixel", LIMIT, async () => {
  const { address } = await startApp();
  const client = clientOf(address);
  const made = await client.images.generate(extended({ prompt: "a red house" }, { seed: 3, steps: 5 }));
  const original = Buffer.from(made.data?.[0]?.b64_json ?? "", "base64");
  const opaque = {
    create: { width: 128, height: 128, channels: 4, background: { r: 0, g: 0, b: 0, alpha: 1 } },
  } as const;
  const hole = await sharp({ create: { ...opaque.create, width: 48, height: 48 } })
    .png()
    .toBuffer();
  // A mask of one colour with a hole: as a layer of strokes it would mean the opposite.
  const mask = await sharp(opaque)
    .composite([{ input: hole, left: 40, top: 40, blend: "dest-out" }])
    .png()
    .toBuffer();
  const image = await toFile(original, "house.png", { type: "image/png" });
  const edit = await client.images.edit(
    extended(
      { image, mask: await toFile(mask, "mask.png", { type: "image/png" }), prompt: "a yellow star" },
      { steps: 5, seed: 1 },
    ),
  );
  const [before, after] = [
    await readPicture(original),
    await readPicture(Buffer.from(edit.data?.[0]?.b64_json ?? "", "base64")),
  ];
  let [outside, inside] = [0, 0];
  for (let at = 0; at < before.data.length; at++) {
    const [x, y] = [Math.floor(at / 3) % 128, Math.floor(at / 3 / 128)];
    const differs = before.data[at] !== after.data[at] ? 1 : 0;
    if (x >= 40 && x < 88 && y >= 40 && y < 88) {
      inside += differs;
    } else {
      outside += differs;
    }
  }
  expect(outside).toBe(0);
  expect(inside).toBeGreaterThan(1000);
  // Without a mask the picture's own hole counts; as JSON with data URLs as well.
  const holed = await sharp(original)
    .ensureAlpha()
    .composite([{ input: hole, left: 0, top: 0, blend: "dest-out" }])
    .png()
    .toBuffer();
  const response = await fetch(`${address}/v1/images/edits`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      prompt: "a star",
      images: [{ image_url: `data:image/png;base64,${holed.toString("base64")}` }],
      steps: 2,
    }),
  });
  expect(response.status).toBe(200);
  const { job } = (await response.json()) as { job: string };
  const view = (await (await fetch(`${address}/v1/jobs/${job}`)).json()) as { settings: { mode: string } };
  expect(view.settings.mode).toBe("inpainting");
  const variation = await client.images.createVariation(
    extended({ image, response_format: "b64_json" as const }, { steps: 2 }),
  );
  expect(variation.data).toHaveLength(1);
});

test("says what is wrong, with the status and the field that the client looks for", LIMIT, async () => {
  const { address } = await startApp();
  const client = clientOf(address);
  const failure = async (params: object): Promise<InstanceType<typeof OpenAI.APIError>> => {
    const thrown: unknown = await client.images.generate(params as never).catch((error: unknown) => error);
    return thrown instanceof OpenAI.APIError ? thrown : expect.fail("no error of the API");
  };
  expect(await failure({ prompt: "a", model: "org/none" })).toMatchObject({ status: 404, code: "unknown_model" });
  expect(await failure({ prompt: "a", model: "/etc" })).toMatchObject({ status: 404 });
  expect(await failure({ prompt: "a", model: "../../etc" })).toMatchObject({ status: 404 });
  for (const [field, value] of Object.entries({
    n: 0,
    size: "big",
    quality: "best",
    steps: 1.5,
    seed: "x",
    prompt: 5,
  })) {
    const error = await failure({ prompt: "a", [field]: value });
    expect([error.status, error.param, error.type], field).toEqual([400, field, "invalid_request_error"]);
    expect(error.requestID, field).toMatch(/^req_/);
  }
  expect(await failure({})).toMatchObject({ status: 400, param: "prompt" });
  const late = await failure({ prompt: "a", mask_area: "only" });
  expect([late.status, late.param]).toEqual([400, "mask_area"]);
  const models = await client.models.list();
  expect(models.data.map(({ id }) => id)).toContain("nano");
  expect((await client.models.retrieve("gpt-image-1")).id).toBe("nano");
});

test("who goes away cancels the job, unless it was asked to go on", LIMIT, async () => {
  const { address, jobs } = await startApp();
  const client = clientOf(address);
  for (const [detached, expected] of [
    [false, "cancelled"],
    [true, "completed"],
  ] as const) {
    const leaving = new AbortController();
    const asked = extended({ prompt: "a blue boat" }, { steps: 60, detached });
    const waiting = client.images.generate(asked, { signal: leaving.signal }).catch((error: unknown) => error);
    await vi.waitFor(
      () => {
        const [job] = jobs.list({ limit: 1, status: "running" }).jobs;
        expect(job?.progress?.step).toBeGreaterThan(0);
      },
      { timeout: 60_000 },
    );
    leaving.abort();
    await waiting;
    const [job] = jobs.list({ limit: 1 }).jobs;
    expect((await jobs.ended(job?.id ?? ""))?.status).toBe(expected);
  }
});
