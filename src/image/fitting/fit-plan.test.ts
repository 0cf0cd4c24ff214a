/** Sizes and notes of images that are brought to what the networks take. */
import { describe, expect, test } from "vitest";
import type { Size } from "../geometry.js";
import { describeFit, type Fit, planFit } from "./fit-plan.js";

const AREA = 1024 * 1024;
const rule = (fit: Fit, asked: Partial<Size> = {}, area = AREA) => ({
  fit,
  area,
  multiple: 64,
  width: asked.width,
  height: asked.height,
});

describe("without a size", () => {
  test.each<[Size, number, Size, string]>([
    [{ width: 640, height: 427 }, AREA, { width: 640, height: 384 }, "cropped to 640 x 384"],
    [
      { width: 4000, height: 3000 },
      AREA,
      { width: 1152, height: 832 },
      "scaled to 1182 x 886 and cropped to 1152 x 832",
    ],
    [{ width: 427, height: 640 }, 128 * 128, { width: 64, height: 128 }, "scaled to 104 x 156 and cropped to 64 x 128"],
    [{ width: 1000, height: 1000 }, AREA, { width: 960, height: 960 }, "cropped to 960 x 960"],
    [{ width: 2000, height: 2000 }, AREA, { width: 1024, height: 1024 }, "scaled to 1024 x 1024"],
    [{ width: 1, height: 1 }, AREA, { width: 64, height: 64 }, "scaled to 64 x 64"],
    [{ width: 100, height: 30 }, AREA, { width: 192, height: 64 }, "scaled to 213 x 64 and cropped to 192 x 64"],
    [
      { width: 30_000, height: 20 },
      AREA,
      { width: 16_384, height: 64 },
      "scaled to 96000 x 64 and cropped to 16384 x 64",
    ],
  ])("%o of at most %i pixels becomes %o", (source, area, size, words) => {
    const plan = planFit(source, rule("crop", {}, area));
    expect(plan.size).toEqual(size);
    expect(plan.scaled).toEqual(size);
    expect(describeFit(source, plan)).toBe(`the image of ${source.width} x ${source.height} is ${words}`);
    expect(plan.part.left + plan.part.width).toBeLessThanOrEqual(source.width);
    expect(plan.part.top + plan.part.height).toBeLessThanOrEqual(source.height);
    expect(plan.size.width * plan.size.height).toBeLessThanOrEqual(area);
  });

  test("padding keeps all of it, and the padding is not given out", () => {
    const plan = planFit({ width: 640, height: 427 }, rule("pad"));
    expect(plan).toMatchObject({
      size: { width: 640, height: 448 },
      scaled: { width: 640, height: 427 },
      kept: { left: 0, top: 10, width: 640, height: 427 },
    });
    expect(planFit({ width: 1, height: 1 }, rule("pad"))).toMatchObject({ size: { width: 64, height: 64 } });
    expect(planFit({ width: 30_000, height: 20 }, rule("pad")).size).toEqual({ width: 16_384, height: 64 });
  });

  test("stretching keeps all of it and gives up the proportions", () => {
    const plan = planFit({ width: 640, height: 427 }, rule("stretch"));
    expect(plan).toMatchObject({ size: { width: 640, height: 384 }, part: { width: 640, height: 427 } });
  });
});

describe("with a size", () => {
  const source = { width: 400, height: 200 };
  test.each<[Fit, object]>([
    ["crop", { scaled: { width: 256, height: 256 }, part: { left: 100, top: 0, width: 200, height: 200 } }],
    ["pad", { scaled: { width: 256, height: 128 }, kept: { left: 0, top: 64, width: 256, height: 128 } }],
    ["stretch", { scaled: { width: 256, height: 256 }, part: { left: 0, top: 0, ...source } }],
  ])("%s", (fit, expected) => {
    const plan = planFit(source, rule(fit, { width: 256, height: 256 }));
    expect(plan).toMatchObject({ size: { width: 256, height: 256 }, ...expected });
  });

  test("one side alone: the other follows from the proportions", () => {
    expect(planFit(source, rule("crop", { width: 256 })).size).toEqual({ width: 256, height: 128 });
    expect(planFit(source, rule("crop", { height: 64 })).size).toEqual({ width: 128, height: 64 });
  });
});
