/** `/sdapi/v1` as plug-ins speak it, with the bundled model. */
import { expect, test, vi } from "vitest";
import { loadSharp } from "../../src/image/sharp.js";
import { FakeCrew } from "../jobs/fake-crew.js";
import { post, startApp } from "./start-app.js";

const LIMIT = { timeout: 120_000 };

interface Answer {
  readonly images: readonly string[];
  readonly info: string;
}
interface Info {
  readonly seed: number;
  readonly all_seeds: readonly number[];
  readonly cfg_scale: number;
  readonly guidance_scale: number;
  readonly infotexts: readonly string[];
  readonly warnings: readonly string[];
  readonly interrupted: boolean;
}

async function painted(response: Promise<Response>): Promise<{ images: readonly string[]; info: Info }> {
  const answer = await response;
  expect(answer.status, await answer.clone().text()).toBe(200);
  const { images, info } = (await answer.json()) as Answer;
  return { images, info: JSON.parse(info) as Info };
}

async function json(response: Promise<Response>): Promise<unknown> {
  return (await response).json();
}

async function pixels(base64: string): Promise<Buffer> {
  const sharp = await loadSharp();
  return sharp(Buffer.from(base64, "base64")).removeAlpha().raw().toBuffer();
}

test(
  "txt2img: seeds in a row, the usual scale written beside ours, and the text that png-info reads",
  LIMIT,
  async () => {
    const { address } = await startApp();
    const body = { prompt: "a red house", negative_prompt: "fog", steps: 4, cfg_scale: 4, seed: 7, batch_size: 2 };
    const more = {
      sampler_name: "Euler a",
      width: 128,
      height: 128,
      save_images: false,
      restore_faces: true,
      styles: [],
    };
    const { images, info } = await painted(post(address, "/sdapi/v1/txt2img", { ...body, ...more }));
    expect(images).toHaveLength(2);
    expect(info).toMatchObject({ seed: 7, all_seeds: [7, 8], cfg_scale: 4, guidance_scale: 3 });
    expect(info.warnings.join()).toMatch(/restore_faces.*Euler a/);
    expect(info.warnings.join()).not.toMatch(/styles|save_images/);
    expect(info.infotexts[0]).toContain("CFG scale: 4");
    const second = await painted(post(address, "/sdapi/v1/txt2img", { ...body, seed: 8, batch_size: 1 }));
    expect(Buffer.compare(await pixels(second.images[0] ?? ""), await pixels(images[1] ?? ""))).toBe(0);
    const read = await json(post(address, "/sdapi/v1/png-info", { image: images[0] ?? "" }));
    expect(read).toMatchObject({
      info: expect.stringContaining("Negative prompt: fog") as string,
      parameters: { Prompt: "a red house", Steps: "4", "CFG scale": "4", Seed: "7" },
    });
  },
);

test("img2img, with a mask whose black keeps its pixels, and with the mask inverted", LIMIT, async () => {
  const { address } = await startApp();
  const base = { prompt: "a red house", steps: 4, seed: 7 };
  const [image = ""] = (await painted(post(address, "/sdapi/v1/txt2img", base))).images;
  const changed = { ...base, prompt: "a blue house", init_images: [`data:image/png;base64,${image}`], steps: 8 };
  const strong = await painted(post(address, "/sdapi/v1/img2img", { ...changed, denoising_strength: 0.5 }));
  expect(Buffer.compare(await pixels(strong.images[0] ?? ""), await pixels(image))).not.toBe(0);
  const sharp = await loadSharp();
  const half = Buffer.alloc(128 * 128, 0).fill(255, 0, 64 * 128);
  const mask = (
    await sharp(half, { raw: { width: 128, height: 128, channels: 1 } })
      .png()
      .toBuffer()
  ).toString("base64");
  const before = await pixels(image);
  for (const inverted of [0, 1]) {
    const body = { ...changed, mask, mask_blur: 0, inpainting_mask_invert: inverted, denoising_strength: 1 };
    const after = await pixels((await painted(post(address, "/sdapi/v1/img2img", body))).images[0] ?? "");
    const [top, bottom] = [
      Buffer.compare(after.subarray(0, after.length / 2), before.subarray(0, before.length / 2)),
      Buffer.compare(after.subarray(after.length / 2), before.subarray(before.length / 2)),
    ];
    expect([top === 0, bottom === 0], `inverted: ${inverted}`).toEqual(inverted === 1 ? [true, false] : [false, true]);
  }
});

test("progress shows the running latents; interrupt ends the request with what there is", LIMIT, async () => {
  const { address } = await startApp();
  const idle = await json(fetch(`${address}/sdapi/v1/progress`));
  expect(idle).toMatchObject({ progress: 0, current_image: null, state: { job_count: 0 } });
  const answer = painted(post(address, "/sdapi/v1/txt2img", { prompt: "a boat", steps: 300 }));
  await vi.waitFor(
    async () => {
      const state = await json(fetch(`${address}/sdapi/v1/progress`));
      expect(state).toMatchObject({ current_image: expect.any(String) as string, state: { sampling_steps: 300 } });
    },
    { timeout: 30_000 },
  );
  expect(await json(post(address, "/sdapi/v1/interrupt", {}))).toEqual({});
  const { images, info } = await answer;
  expect([images.length, info.interrupted]).toEqual([1, true]);
  const sharp = await loadSharp();
  expect(await sharp(Buffer.from(images[0] ?? "", "base64")).metadata()).toMatchObject({ width: 128, height: 128 });
});

test("a client that goes away cancels its job", async () => {
  const crew = new FakeCrew();
  const { address } = await startApp({}, crew);
  const leaving = new AbortController();
  const request = fetch(`${address}/sdapi/v1/txt2img`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ prompt: "a boat" }),
    signal: leaving.signal,
  });
  await vi.waitFor(() => {
    expect(crew.assigned).toHaveLength(1);
  });
  leaving.abort();
  await expect(request).rejects.toThrow();
  await vi.waitFor(() => {
    expect(crew.cancelled).toEqual([crew.assigned[0]?.job]);
  });
});

test("what plug-ins ask before they show their forms, and the choice of a model", async () => {
  const crew = new FakeCrew();
  const { address } = await startApp({}, crew);
  expect(await json(fetch(`${address}/sdapi/v1/samplers`))).toContainEqual({
    name: "DDPM",
    aliases: ["ddpm"],
    options: {},
  });
  expect(await json(fetch(`${address}/sdapi/v1/sd-models`))).toMatchObject([{ title: "nano", model_name: "nano" }]);
  for (const path of ["loras", "upscalers", "sd-vae", "prompt-styles", "hypernetworks"]) {
    expect(await json(fetch(`${address}/sdapi/v1/${path}`)), path).toEqual([]);
  }
  expect(await json(fetch(`${address}/sdapi/v1/schedulers`))).toHaveLength(1);
  expect(await json(fetch(`${address}/sdapi/v1/memory`))).toMatchObject({
    ram: { total: expect.any(Number) as number },
  });
  expect(await json(fetch(`${address}/sdapi/v1/options`))).toMatchObject({ sd_model_checkpoint: "nano" });
  expect(await json(post(address, "/sdapi/v1/options", { sd_model_checkpoint: "nano.safetensors [0a1b]" }))).toEqual(
    {},
  );
  expect((await post(address, "/sdapi/v1/options", { sd_model_checkpoint: "other" })).status).toBe(404);
  expect(await json(post(address, "/sdapi/v1/unload-checkpoint", {}))).toEqual({});
});

test("what is asked wrongly is told as plug-ins show it", async () => {
  const { address } = await startApp({}, new FakeCrew());
  for (const [path, body, field] of [
    ["txt2img", { prompt: 3 }, "prompt"],
    ["txt2img", { prompt: "a", steps: "many" }, "steps"],
    ["txt2img", { prompt: "a", batch_size: 100 }, "batch_size"],
    ["img2img", { prompt: "a" }, "init_images"],
    ["img2img", { prompt: "a", init_images: ["?"] }, "image"],
    ["png-info", { image: "?" }, "image"],
  ] as const) {
    const refused = await post(address, `/sdapi/v1/${path}`, body);
    const { detail } = (await refused.json()) as { detail: string };
    expect([refused.status, detail], JSON.stringify(body)).toEqual([400, expect.stringContaining(field)]);
  }
});
