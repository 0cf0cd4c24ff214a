import { describe, expect, test } from "vitest";
import { UsageError } from "../errors.js";
import { formatPrecision, parsePrecision } from "./precision.js";

describe("parsePrecision", () => {
  test.each([
    ["fp32", { text_encoder: "fp32", unet: "fp32", movq: "fp32" }],
    ["int8", { text_encoder: "int8", unet: "int8", movq: "fp32" }],
    ["int4", { text_encoder: "int4", unet: "int8", movq: "fp32" }],
    ["text_encoder=int4", { text_encoder: "int4", unet: "fp32", movq: "fp32" }],
    ["movq=int8,unet=int8", { text_encoder: "fp32", unet: "int8", movq: "int8" }],
  ])("%s", (text, expected) => {
    const precision = parsePrecision(text);
    expect(precision).toEqual(expected);
    expect(parsePrecision(formatPrecision(precision))).toEqual(expected);
  });

  test.each(["", "int2", "unet", "unet=", "vae=int8", "unet=int8,unet=int8", "unet=int8=int8", "int8,unet=int8"])(
    "refuses %j",
    (text) => {
      expect(() => parsePrecision(text, "--dtype")).toThrow(UsageError);
      expect(() => parsePrecision(text, "--dtype")).toThrow(/^--dtype: expected fp32, int8, int4 or a list/);
    },
  );

  test("convolutions have no 4-bit form", () => {
    expect(() => parsePrecision("unet=int4")).toThrow(/^dtype: unet is made of convolutions, expected .*, got int4$/);
  });
});
