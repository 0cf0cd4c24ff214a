/** Numbers that are none: what leaves a network is looked at before anything is made of it. */
import { CheckpointError } from "../errors.js";
import { formatShape } from "./shape.js";
import type { Tensor } from "./tensor.js";

/**
 * The same tensor. Throws `CheckpointError` when one of its numbers is NaN or infinite.
 * @param where what it comes out of, as `unet, step 3 of 25`
 */
export function requireFinite<Numbers extends Tensor>(numbers: Numbers, where: string): Numbers {
  const index = numbers.data.findIndex((value) => !Number.isFinite(value));
  if (index !== -1) {
    const place = formatShape(coordinates(index, numbers.shape));
    throw new CheckpointError(
      `${where}: number ${place} of ${formatShape(numbers.shape)} is ${String(numbers.data[index])}, expected a finite one: a weight of it is damaged, or its arithmetic overflowed`,
    );
  }
  return numbers;
}

function coordinates(index: number, shape: readonly number[]): number[] {
  const place: number[] = [];
  let rest = index;
  for (const size of [...shape].reverse()) {
    place.unshift(rest % size);
    rest = Math.floor(rest / size);
  }
  return place;
}
