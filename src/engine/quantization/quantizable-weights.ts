/**
 * Which weights of a part are stored in fewer bits. The network itself says which are read by convolutions and products; what
 * stays as it is, and why, is in docs/int8.md with the measurements.
 */
import type { TensorLocation } from "../../checkpoint/tensor-location.js";
import type { Node, Value } from "../../graph/value.js";
import type { OpenedNetwork } from "../../components/network.js";
import { type SchemeName, SCHEMES } from "../../checkpoint/quantized/quantization-scheme.js";
import { WeightScope } from "../../checkpoint/weight-scope.js";
import { GraphBuilder } from "../../graph/graph-builder.js";

/** Layers that read or make latents or pictures have few channels: no time to win, and every rounding is seen. */
const MIN_CHANNELS = 16;
/** Kernels read packs of four numbers. */
const CHANNEL_UNIT = 4;

/** Keys of the weights that `scheme` applies to. */
export function quantizableWeights(
  { network, config, source }: OpenedNetwork,
  scheme: SchemeName,
): ReadonlySet<string> {
  const stored = SCHEMES[scheme];
  const unit = "blockSize" in stored ? stored.blockSize : CHANNEL_UNIT;
  const keys = new Map([...source.tensors].map(([key, location]) => [placeOf(location), key]));
  const programs = network.smallest(WeightScope.root(source), config, new GraphBuilder());
  const chosen = new Set<string>();
  for (const node of programs.flatMap(({ nodes }) => nodes)) {
    const location = weightOf(node);
    const key = location === undefined ? undefined : keys.get(placeOf(location));
    if (
      location !== undefined &&
      key !== undefined &&
      isWide(location.shape, unit) &&
      network.keepsPrecision?.test(key) !== true
    ) {
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
