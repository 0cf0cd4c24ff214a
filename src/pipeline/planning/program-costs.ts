/**
 * What a program costs on a machine, from its shapes: bytes while it runs, and seconds. Both are estimates; how far they are from
 * what was measured is in docs/planning.md, and so are the measurements behind the constants.
 */
import { flopsOf } from "../../graph/flops.js";
import { storedWeight } from "../../graph/quantized/dequantize.js";
import { peakValueBytes } from "../../graph/liveness.js";
import { splitByWeight, weightBytes } from "../../graph/partition.js";
import type { Program } from "../../graph/program.js";
import type { Node, Value } from "../../graph/value.js";
import { bytesOf } from "../../tensor/dtype.js";
import { elementCount } from "../../tensor/shape.js";
import { STAGE_BYTES } from "../staged-run.js";
import type { MachineSpeed } from "./machine-speed.js";

/** What a session holds for each node beside weights and values. */
const NODE_BYTES = 8192;
/**
 * What the engine's arena holds, as a multiple of what is alive. It grows in powers of two; from the second run on it also keeps one
 * block for all values, laid out after what the first run did.
 */
const ARENA_FACTOR = { once: 1.3, again: 2.2 } as const;
/** Threads' own buffers and what else a first run allocates. */
const RUN_BYTES = 8_000_000;

export interface ProgramCost {
  /** Resident memory at its highest, the process included. */
  readonly peakBytes: number;
  /** Opening all stages. */
  readonly openSeconds: number;
  /** One run. */
  readonly runSeconds: number;
}

export interface ProgramUse {
  /** Whether stages stay open together, or are opened one after the other and released again. */
  readonly stages: "kept" | "released";
  /** Whether an open session runs more than once. */
  readonly runs: "once" | "again";
}

/** What it costs to open and run `program` in this way. */
export function programCost(program: Program, { stages, runs }: ProgramUse, speed: MachineSpeed): ProgramCost {
  const held = splitByWeight(program, STAGE_BYTES).map(stageBytes);
  const weights = stages === "kept" ? held.reduce((sum, bytes) => sum + bytes, 0) : Math.max(0, ...held);
  const peakBytes =
    speed.processBytes + weights + largestWidened(program) + ARENA_FACTOR[runs] * peakValueBytes(program) + RUN_BYTES;
  const openSeconds = speed.startSeconds * held.length + weightBytes(program) / speed.openedBytesPerSecond;
  const runSeconds = program.nodes.reduce((sum, node) => sum + nodeSeconds(node, speed), 0);
  return { peakBytes, openSeconds, runSeconds };
}

function stageBytes(stage: Program): number {
  return weightBytes(stage) + NODE_BYTES * stage.nodes.length;
}

/** Half-precision weights are widened one by one, and for a moment there twice. */
function largestWidened({ initializers }: Program): number {
  const halves = initializers.filter(({ origin, dtype }) => origin.kind === "weight" && bytesOf(dtype) === 2);
  return Math.max(0, ...halves.map(({ shape }) => elementCount(shape) * bytesOf("float32")));
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
  return value === undefined ? 0 : elementCount(value.shape) * bytesOf("float32");
}
