/** `--invert-mask` as it is told and written down, and where there is nothing to turn round. */
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, expect, test } from "vitest";
import { diffusersFixture } from "../../support/goldens.js";
import { runCli, scratchFolder } from "../run-cli.js";

const folder = scratchFolder();
const IMAGE = diffusersFixture("pictures/source_64x64.png");
const common = ["generate", "a house", "--steps", "1", "--seed", "1", "--image", IMAGE];

/** Red strokes on nothing: the left half. */
beforeAll(async () => {
  const stroke = await sharp({ create: { width: 32, height: 64, channels: 4, background: "red" } })
    .png()
    .toBuffer();
  const strokes = sharp({ create: { width: 64, height: 64, channels: 4, background: { r: 0, g: 0, b: 0, alpha: 0 } } });
  await strokes
    .composite([{ input: stroke, left: 0, top: 0 }])
    .png()
    .toFile(join(folder, "strokes.png"));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

async function pixelsOf(file: string): Promise<Buffer> {
  return sharp(file).removeAlpha().raw().toBuffer();
}

test("the note says what is repainted, the record keeps the option, and the other half keeps its bytes", async () => {
  const source = await pixelsOf(IMAGE);
  for (const inverted of [false, true]) {
    const flags = inverted ? ["--invert-mask"] : [];
    const args = [...common, "--mask", "strokes.png", "--mask-blur", "0", ...flags, "--output", "x.png"];
    const { code, stderr } = await runCli(folder, args);
    expect(code, stderr).toBe(0);
    expect(stderr).toContain(
      `note: the mask is read as a layer of strokes: what is ${inverted ? "not " : ""}painted is repainted; --invert-mask turns it round`,
    );
    const shown = (await runCli(folder, ["show", "x.png", "--json"])).stdout.toString();
    expect(shown).toContain('"inpainting"');
    expect(/"invertMask": true/.test(shown)).toBe(inverted);
    const made = await pixelsOf(join(folder, "x.png"));
    const same = (from: number): boolean =>
      Array.from({ length: 64 }, (_, row) => 3 * (64 * row + from)).every((at) =>
        made.subarray(at, at + 96).equals(source.subarray(at, at + 96)),
      );
    expect([same(0), same(32)]).toEqual(inverted ? [true, false] : [false, true]);
  }
  expect(readFileSync(join(folder, "x.png")).length).toBeGreaterThan(100);
});

test.each([
  ["without a picture", ["generate", "a house"]],
  ["without a mask", common],
  ["with --extend", [...common, "--extend", "left=64"]],
])("%s it is one sentence", async (_, args) => {
  const { code, stderr } = await runCli(folder, [...args, "--invert-mask", "--output", "y.png"]);
  expect(code).toBe(2);
  expect(stderr).toMatch(/^kandinsky3: --invert-mask: got without a (?:--)?mask, expected both or none\n$/);
});
