/**
 * Soft edges that lie wholly inside a mask: a pixel counts the more, the further it is from everything that is kept.
 * Distances are exact. Reference: Felzenszwalb and Huttenlocher, "Distance Transforms of Sampled Functions".
 */
import { type RepaintMask, repaintMaskOf } from "./mask.js";

/** Weakens every pixel of the mask that is nearer than `radius` to a kept one. What is kept stays kept. */
export function featherInside(mask: RepaintMask, radius: number): RepaintMask {
  if (radius <= 0) {
    return mask;
  }
  const { width, height, data } = mask;
  const distances = squaredDistances(mask);
  return repaintMaskOf(
    width,
    height,
    data.map((value, index) => {
      const share = Math.min(Math.sqrt(distances[index] ?? 0) / (radius + 1), 1);
      // A pixel of the mask never becomes kept altogether.
      return value === 0 ? 0 : Math.max(Math.round(value * share), 1);
    }),
  );
}

/** For every pixel the squared distance to the nearest kept one; `Infinity` where nothing is kept. */
function squaredDistances({ width, height, data }: RepaintMask): Float64Array {
  const distances = Float64Array.from(data, (value) => (value === 0 ? 0 : Infinity));
  const line = new Float64Array(Math.max(width, height));
  for (let x = 0; x < width; x++) {
    transformLine(distances, x, width, height, line);
  }
  for (let y = 0; y < height; y++) {
    transformLine(distances, y * width, 1, width, line);
  }
  return distances;
}

/** The lower envelope of the parabolas that stand on the values of one row or column, written in their place. */
function transformLine(values: Float64Array, start: number, stride: number, length: number, line: Float64Array): void {
  const at = (index: number): number => values[start + index * stride] ?? Infinity;
  const roots: number[] = []; // where the parabolas of the envelope stand
  const begins: number[] = []; // where each of them becomes the lowest
  for (let index = 0; index < length; index++) {
    if (at(index) === Infinity) {
      continue;
    }
    let begin = -Infinity;
    while (roots.length > 0) {
      const root = roots.at(-1) ?? 0;
      begin = (at(index) + index ** 2 - (at(root) + root ** 2)) / (2 * (index - root));
      if (begin > (begins.at(-1) ?? -Infinity)) {
        break;
      }
      roots.pop();
      begins.pop();
      begin = -Infinity;
    }
    roots.push(index);
    begins.push(begin);
  }
  let current = 0;
  for (let index = 0; index < length; index++) {
    while (current + 1 < roots.length && (begins[current + 1] ?? Infinity) < index) {
      current++;
    }
    const root = roots[current];
    line[index] = root === undefined ? Infinity : (index - root) ** 2 + at(root);
  }
  for (let index = 0; index < length; index++) {
    values[start + index * stride] = line[index] ?? Infinity;
  }
}
