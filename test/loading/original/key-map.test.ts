/** The key map of the full-size networks, forth and back, against the one made with the original's and diffusers' own classes. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { MOVQ_MATRICES, movqKeys, PROJECTION_KEYS, UNET_KEYS } from "../../../src/loading/original/key-map.js";
import { original } from "../../support/goldens.js";

type Row = readonly [original: string, diffusers: string, shape: number[], reshaped?: number[]];

const MAP = JSON.parse(readFileSync(original.path("key_map.json"), "utf8")) as Readonly<
  Record<"unet" | "projection" | "movq", Row[]>
>;

describe.each([
  ["unet", UNET_KEYS],
  ["projection", PROJECTION_KEYS],
  ["movq", movqKeys(4)],
] as const)("%s", (part, rules) => {
  const rows = MAP[part];

  test("every original key has its diffusers key", () => {
    expect(rows.map(([original]) => rules.forth(original))).toEqual(rows.map(([, diffusers]) => diffusers));
  });

  test("and back", () => {
    expect(rows.map(([, diffusers]) => rules.back(diffusers))).toEqual(rows.map(([original]) => original));
  });
});

test("exactly the convolutions that diffusers holds as matrices are told apart", () => {
  const reshaped = MAP.movq.filter(([, , , other]) => other !== undefined).map(([, diffusers]) => diffusers);
  const matrices = MAP.movq.map(([, diffusers]) => diffusers).filter((key) => MOVQ_MATRICES.test(key));
  expect(matrices).toEqual(reshaped);
});

test("a key that no network has is not translated", () => {
  expect([UNET_KEYS.forth("ema.in_layer.weight"), UNET_KEYS.back("conv_in2.weight")]).toEqual([undefined, undefined]);
  expect(movqKeys(4).forth("loss.discriminator.weight")).toBeUndefined();
});
