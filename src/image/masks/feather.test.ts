import { expect, test } from "vitest";
import { featherInside } from "./feather.js";
import { repaintMaskOf } from "./mask.js";

/** A repeatable sequence of numbers in 0..1. */
function* numbers(seed: number): Generator<number, never> {
  let state = seed;
  for (;;) {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    yield state / 2 ** 31;
  }
}

test("weights follow the exact distance to the nearest kept pixel, and what is kept stays kept", () => {
  const random = numbers(7);
  for (let round = 0; round < 40; round++) {
    const width = 1 + Math.floor(random.next().value * 23);
    const height = 1 + Math.floor(random.next().value * 17);
    const radius = 1 + Math.floor(random.next().value * 9);
    const density = random.next().value;
    const data = Uint8Array.from({ length: width * height }, () =>
      random.next().value < density ? 1 + Math.floor(random.next().value * 255) : 0,
    );
    const feathered = featherInside(repaintMaskOf(width, height, data), radius);
    data.forEach((value, pixel) => {
      let nearest = Infinity;
      data.forEach((other, index) => {
        if (other === 0) {
          const dx = (index % width) - (pixel % width);
          const dy = Math.floor(index / width) - Math.floor(pixel / width);
          nearest = Math.min(nearest, Math.hypot(dx, dy));
        }
      });
      const expected = value === 0 ? 0 : Math.max(Math.round(value * Math.min(nearest / (radius + 1), 1)), 1);
      expect(feathered.data[pixel], `round ${round}, pixel ${pixel}`).toBe(expected);
    });
  }
});

test("without a radius the mask is the same object", () => {
  const mask = repaintMaskOf(2, 1, Uint8Array.of(0, 255));
  expect(featherInside(mask, 0)).toBe(mask);
});

test("a mask without an edge is not weakened", () => {
  const full = repaintMaskOf(5, 4, new Uint8Array(20).fill(255));
  expect(featherInside(full, 3).data).toEqual(full.data);
});
