/** `generate` with the bundled model: files, formats, metadata and interruption. */
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import sharp from "sharp";
import { z } from "zod";
import { readPicture } from "../../../src/image/reading/decode.js";
import { readMetadata } from "../../../src/image/metadata/metadata.js";
import { parseParameters } from "../../../src/image/metadata/parameters-text.js";
import { parseNpy } from "../../../src/tensor/npy.js";
import { MAIN, runCli, scratchFolder, startCli } from "../run-cli.js";

let folder: string;
beforeEach(() => {
  folder = scratchFolder();
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const PROMPT = "a red house, in the snow";
const FAST = ["generate", PROMPT, "--seed", "5", "--steps", "2"];

test("the own name comes from prompt and seed and never takes another file's place", async () => {
  const first = await runCli(folder, FAST);
  expect(first).toMatchObject({ code: 0, stderr: "" });
  expect(first.stdout.toString()).toBe("a-red-house-in-the-snow-5.png\n");
  const second = await runCli(folder, FAST);
  expect(second.stdout.toString()).toBe("a-red-house-in-the-snow-5-2.png\n");
  const [a, b] = await Promise.all(readdirSync(folder).map((file) => readPicture(join(folder, file))));
  expect(a).toMatchObject({ width: 128, height: 128 });
  expect(b).toEqual(a);
});

test("without guidance a negative prompt is said to do nothing", async () => {
  const made = await runCli(folder, [...FAST, "--negative-prompt", "blue", "--guidance-scale", "1"]);
  expect(made.code).toBe(0);
  expect(made.stderr).toContain("a guidance scale of 1 is no guidance: the negative prompt is not used");
});

test("a named file is replaced, and show prints what made it", async () => {
  writeFileSync(join(folder, "house.png"), "old");
  const told = ["--negative-prompt", "blue, grey", "--guidance-scale", "3"];
  const made = await runCli(folder, [...FAST, "--output", "house.png", ...told]);
  expect(made.stdout.toString()).toBe("house.png\n");
  const { parameters = "", settings } = readMetadata(readFileSync(join(folder, "house.png")));
  expect(parseParameters(parameters)).toMatchObject({
    prompt: PROMPT,
    negativePrompt: "blue, grey",
    settings: { Steps: "2", "CFG scale": "4", "Guidance scale": "3", Seed: "5", Size: "128x128", Model: "nano" },
  });
  expect(settings).toMatchObject({
    model: "nano",
    mode: "text-to-image",
    prompt: PROMPT,
    negativePrompt: "blue, grey",
    seed: "5",
    imageIndex: 0,
    numInferenceSteps: 2,
    guidanceScale: 3,
    width: 128,
    height: 128,
    sampler: "ddpm",
    dtype: "fp32",
  });
  const shown = await runCli(folder, ["show", "house.png"]);
  expect(shown.stdout.toString()).toBe(`${parameters}\n\n${JSON.stringify(settings, null, 2)}\n`);
  const json = await runCli(folder, ["show", "house.png", "--json"]);
  expect(JSON.parse(json.stdout.toString())).toEqual(settings);
});

test("--no-metadata leaves the picture bare, which show says", async () => {
  await runCli(folder, [...FAST, "--output", "bare.png", "--no-metadata"]);
  expect(readMetadata(readFileSync(join(folder, "bare.png")))).toEqual({});
  const { code, stderr } = await runCli(folder, ["show", "bare.png"]);
  expect({ code, stderr }).toEqual({
    code: 1,
    stderr: 'kandinsky3: "bare.png" carries no metadata, expected a picture made by kandinsky3\n',
  });
});

test("a preset means the same settings as in the library; flags beside it win", async () => {
  const args = [...FAST, "--preset", "fast", "--reuse-features", "2", "--output-type", "latent", "--json"];
  const { code, stdout } = await runCli(folder, args);
  expect(code).toBe(0);
  expect(JSON.parse(stdout.toString())).toMatchObject({
    settings: { guidanceInterval: [0, 0.6], reuseFeatures: 2, dtype: "fp32" },
  });
});

test("several images, --json, and the .npy of the same run", async () => {
  const args = [...FAST, "--num-images", "2", "--json", "--no-prompt-cache"];
  const { stdout } = await runCli(folder, [...args, "--output", "pair.webp"]);
  expect(JSON.parse(stdout.toString())).toMatchObject({
    files: ["pair-0.webp", "pair-1.webp"],
    settings: { seed: "5", numImagesPerPrompt: 2 },
    phases: [{ phase: "text_encoder" }, { phase: "unet" }, { phase: "image_decoder" }],
    totalSeconds: expect.any(Number) as unknown,
  });
  expect(readMetadata(readFileSync(join(folder, "pair-1.webp"))).settings).toMatchObject({ imageIndex: 1 });
  await runCli(folder, [...args, "--output", "pair.npy"]);
  const { shape, data } = parseNpy(readFileSync(join(folder, "pair.npy")));
  expect({ shape, float: data instanceof Float32Array }).toEqual({ shape: [2, 128, 128, 3], float: true });
});

test("latents go to an .npy file", async () => {
  const { stdout } = await runCli(folder, [...FAST, "--output-type", "latent"]);
  expect(stdout.toString()).toBe("a-red-house-in-the-snow-5.npy\n");
  expect(parseNpy(readFileSync(join(folder, "a-red-house-in-the-snow-5.npy"))).shape).toEqual([1, 4, 16, 16]);
});

test("--output - writes the PNG and nothing else; it can be the next --image", async () => {
  const { code, stdout } = await runCli(folder, [...FAST, "--output", "-"]);
  expect(code).toBe(0);
  expect(await readPicture(stdout)).toMatchObject({ width: 128, height: 128 });
  writeFileSync(join(folder, "source.png"), stdout);
  const next = await runCli(folder, [...FAST, "--image", "source.png", "--strength", "0.5", "--output", "next.jpg"]);
  expect(next.code).toBe(0);
  const { settings } = readMetadata(readFileSync(join(folder, "next.jpg")));
  expect(settings).toMatchObject({ mode: "image-to-image", strength: 0.5, image: { name: "source.png" } });
});

test("a rounded size is said, unless --quiet", async () => {
  const args = [...FAST, "--width", "130", "--output-type", "latent"];
  expect((await runCli(folder, args)).stderr).toMatch(/^note: .*192.*\n$/);
  expect((await runCli(folder, [...args, "--quiet"])).stderr).toBe("");
});

describe("interruption leaves nothing behind", () => {
  const SLOW = ["generate", PROMPT, "--steps", "1000", "--output", "never.png"];

  test.each([
    ["one Ctrl-C", ["SIGINT"], 130],
    ["two", ["SIGINT", "SIGINT"], 130],
    ["SIGTERM", ["SIGTERM"], 143],
  ] as const)("%s", async (_name, signals, expected) => {
    const { child, outcome } = startCli(folder, SLOW);
    await sleep(3000); // Past the start and the first step; a thousand of them take much longer.
    for (const signal of signals) {
      child.kill(signal);
    }
    expect((await outcome).code).toBe(expected);
    expect(readdirSync(folder)).toEqual([]);
  });
});

test.each([[["--num-images", "3"]], [["--seed", "5,-8,9", "--guidance-scale", "2", "--guidance-interval", "0,0.7"]]])(
  "one picture of several, %j, is made again alone by the command in its metadata",
  async (several) => {
    const args = ["generate", "a red house's door", "--steps", "3", "--negative-prompt", "a $boat", ...several];
    expect((await runCli(folder, [...args, "--output", "several.png"])).code).toBe(0);
    for (const index of [1, 2]) {
      const picture = readFileSync(join(folder, `several-${index}.png`));
      const { settings } = readMetadata(picture);
      const command = z.string().parse(settings?.["command"]);
      expect(command).toMatch(/^kandinsky3 generate 'a red house'\\''s door' --model nano --seed -?\d+ /);
      const script = `kandinsky3() { "${process.execPath}" "${MAIN}" "$@"; }\n${command} --output alone.png`;
      execFileSync("sh", ["-c", script], { cwd: folder, stdio: "pipe" });
      const [pixels, alone] = await Promise.all(
        [picture, readFileSync(join(folder, "alone.png"))].map((file) => sharp(file).raw().toBuffer()),
      );
      expect(alone?.equals(pixels ?? Buffer.alloc(0))).toBe(true);
    }
  },
);
