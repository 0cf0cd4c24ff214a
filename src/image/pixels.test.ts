import { describe, expect, test } from "vitest";
import { ImageError, InternalError } from "../errors.js";
import { tensor } from "../tensor/tensor.js";
import { networkInput, pixelsFromTensor, pixelsOf, tensorFromPixels } from "./pixels.js";

describe("pixels", () => {
  test("every byte survives the way through a tensor, in both layouts", () => {
    const data = Uint8Array.from({ length: 256 * 3 }, (_, i) => (i * 7) % 256);
    const picture = pixelsOf(32, 8, data);
    const values = tensorFromPixels([picture, picture]);
    expect(values.shape).toEqual([2, 8, 32, 3]);
    expect(pixelsFromTensor(values)).toEqual([picture, picture]);
    const network = networkInput(picture);
    const unit = tensor(
      network.shape,
      network.data.map((value) => (value + 1) / 2),
    );
    expect(pixelsFromTensor(unit, "channels-first")).toEqual([picture]);
  });

  test("halves go to the even byte and values outside are clamped", () => {
    const values = Float32Array.from([0.5 / 255, 1.5 / 255, 2.5 / 255, -3, 7, Infinity]);
    const [picture] = pixelsFromTensor(tensor([1, 1, 2, 3], values));
    expect([...(picture?.data ?? [])]).toEqual([0, 2, 2, 0, 255, 255]);
  });

  test("the network's input is float32 step by step, channels first", () => {
    const { shape, data } = networkInput(pixelsOf(2, 1, Uint8Array.of(0, 1, 2, 253, 254, 255)));
    expect(shape).toEqual([1, 3, 1, 2]);
    const expected = [0, 253, 1, 254, 2, 255].map((byte) => Math.fround(2 * Math.fround(byte / 255) - 1));
    expect([...data]).toEqual(expected);
  });

  test("NaN, unequal sizes and wrong shapes are errors", () => {
    expect(() => pixelsFromTensor(tensor([1, 1, 2, 3], Float32Array.of(0, 0, 0, 0, NaN, 0)))).toThrow(
      "image 0 is not a number at x 1, y 0, channel 1",
    );
    const sizes = [pixelsOf(1, 2, new Uint8Array(6)), pixelsOf(2, 1, new Uint8Array(6))];
    expect(() => tensorFromPixels(sizes)).toThrow(ImageError);
    expect(() => pixelsFromTensor(tensor([1, 3, 4, 5]))).toThrow(InternalError);
    expect(() => pixelsOf(2, 2, new Uint8Array(11))).toThrow(InternalError);
  });
});
