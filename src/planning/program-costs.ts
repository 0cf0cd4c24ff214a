/**
 * What a program costs on a machine, from its shapes: bytes while it runs, and seconds. Both are estimates; how far they are from
 * what was measured is in docs/planning.md, and so are the measurements behind the constants.
 */
import { flopsOf } from "../graph/flops.js";
import { weightBytes } from "../graph/partition.js";
import { storedWeight } from "../graph/quantized/dequantize.js";
import type { Program } from "../graph/program.js";
import type { Node, Value } from "../graph/value.js";
import { itemSize } from "../tensor/dtype.js";
import { shapeSize } from "../tensor/shape.js";
import type { MachineSpeed } from "./machine-speed.js";
import { type ProgramUse, residentBytes } from "../engine/memory/resident-bytes.js";

export interface ProgramCost {
  /** Resident memory at its highest, the process included. */
  readonly peakBytes: number;
  /** Opening all stages. */
  readonly openSeconds: number;
  /** One run. */
  readonly runSeconds: number;
}

/** What it costs to open and run `program` in this way. */
export function programCost(program: Program, use: ProgramUse, speed: MachineSpeed): ProgramCost {
  const { bytes, stages } = residentBytes(program, use);
  const openSeconds = speed.startSeconds * stages + weightBytes(program) / speed.openedBytesPerSecond;
  const runSeconds = program.nodes.reduce((sum, node) => sum + nodeSeconds(node, speed), 0);
  return { peakBytes: speed.processBytes + bytes, openSeconds, runSeconds };
}

function nodeSeconds(node: Node, speed: MachineSpeed): number {
  if (node.outputs.every(({ constant }) => constant) || node.op === "Reshape" || node.op === "Unsqueeze") {
    return 0; // Folded when the session opens, or no work at all.
  }
  const flops = flopsOf(node);
  const rates = readsRoundedWeight(node) ? (speed.integers ?? speed) : speed;
  const rate = node.op.startsWith("Conv") ? rates.convolutionFlopsPerSecond : rates.productFlopsPerSecond;
  const moved = [...node.inputs, ...node.outputs].reduce((sum, value) => sum + movedBytes(value), 0);
  // A product reads its operands while it computes; whichever takes longer is what it takes.
  return speed.operatorSeconds + Math.max(flops / rate, moved / speed.valueBytesPerSecond);
}

function readsRoundedWeight({ inputs }: Node): boolean {
  return inputs.some((input) => storedWeight(input) !== undefined);
}

function movedBytes(value: Value | undefined): number {
  return value === undefined ? 0 : shapeSize(value.shape) * itemSize("float32");
}
