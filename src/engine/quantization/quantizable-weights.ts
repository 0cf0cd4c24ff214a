/**
 * Which weights of a part are stored in fewer bits. The network itself says which are read by convolutions and products; what
 * stays as it is, and why, is in docs/int8.md with the measurements.
 */
import type { TensorLocation, TensorSource } from "../../checkpoint/tensor-location.js";
import type { Node, Value } from "../../graph/value.js";
import type { Program } from "../../graph/program.js";

/** Layers that read or make latents or pictures have few channels: no time to win, and every rounding is seen. */
const MIN_CHANNELS = 16;
/** Kernels read packs of four numbers. */
const CHANNEL_UNIT = 4;

/** Paths of layers that keep their precision: they run once a picture and steer every norm of the U-Net. */
const KEPT = /(?:^|\.)(?:context_mlp|time_embedding|add_time_condition|encoder_hid_proj)\./;

/** Keys of the weights to round. `programs` are the part's networks over `source`, at any size; rows divide into `unit`s. */
export function quantizableWeights(
  source: TensorSource,
  programs: readonly Program[],
  unit = CHANNEL_UNIT,
): ReadonlySet<string> {
  const keys = new Map([...source.tensors].map(([key, location]) => [placeOf(location), key]));
  const chosen = new Set<string>();
  for (const node of programs.flatMap(({ nodes }) => nodes)) {
    const location = weightOf(node);
    const key = location === undefined ? undefined : keys.get(placeOf(location));
    if (location !== undefined && key !== undefined && isWide(location.shape, unit) && !KEPT.test(key)) {
      chosen.add(key);
    }
  }
  return chosen;
}

/** The stored weight that a layer with an integer kernel reads. */
function weightOf({ op, inputs }: Node): TensorLocation | undefined {
  return op === "Conv" || op === "Gemm" ? locationOf(inputs[1]) : undefined;
}

/** Half-precision weights are read through a cast. */
function locationOf(value: Value | undefined): TensorLocation | undefined {
  if (value?.origin.kind === "weight") {
    return value.origin.location;
  }
  const node = value?.origin.kind === "node" ? value.origin.node : undefined;
  return node?.op === "Cast" ? locationOf(node.inputs[0]) : undefined;
}

function isWide([out = 0, columns = 0]: readonly number[], unit: number): boolean {
  return Math.min(out, columns) >= MIN_CHANNELS && out % CHANNEL_UNIT === 0 && columns % unit === 0;
}

function placeOf({ file, offset }: TensorLocation): string {
  return `${file}:${offset}`;
}
