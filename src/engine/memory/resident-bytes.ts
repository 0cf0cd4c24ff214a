/** What a program holds in memory while it runs, beside the process itself. How far it is from what was measured: docs/planning.md. */
import { peakValueBytes } from "../../graph/liveness.js";
import { splitByWeight, weightBytes } from "../../graph/partition.js";
import type { Program } from "../../graph/program.js";
import { itemSize } from "../../tensor/dtype.js";
import { shapeSize } from "../../tensor/shape.js";
import { STAGE_BYTES } from "../execution/staged-session.js";

/** What a session holds for each node beside weights and values. */
const NODE_BYTES = 8192;
/**
 * What the engine's arena holds, as a multiple of what is alive. It grows in powers of two; from the second run on it also keeps one
 * block for all values, laid out after what the first run did.
 */
const ARENA_FACTOR = { once: 1.3, again: 2.2 } as const;
/** Threads' own buffers and what else a first run allocates. */
const RUN_BYTES = 14_000_000;

export interface ProgramUse {
  /** Whether stages stay open together, or are opened one after the other and released again. */
  readonly stages: "kept" | "released";
  /** Whether an open session runs more than once. */
  readonly runs: "once" | "again";
  /** Most weights that one stage holds. */
  readonly stageBytes?: number | undefined;
}

/** The most bytes at once, and the number of stages. */
export function residentBytes(
  program: Program,
  { stages, runs, stageBytes = STAGE_BYTES }: ProgramUse,
): { readonly bytes: number; readonly stages: number } {
  const held = splitByWeight(program, stageBytes).map(heldBytes);
  const weights = stages === "kept" ? held.reduce((sum, bytes) => sum + bytes, 0) : Math.max(0, ...held);
  const bytes = weights + largestWidened(program) + ARENA_FACTOR[runs] * peakValueBytes(program) + RUN_BYTES;
  return { bytes, stages: held.length };
}

/** What is returned, where it stays with the engine. */
export function outputBytes({ outputs }: Program): number {
  return [...outputs.values()].reduce((sum, { shape, dtype }) => sum + shapeSize(shape) * itemSize(dtype), 0);
}

function heldBytes(stage: Program): number {
  return weightBytes(stage) + NODE_BYTES * stage.nodes.length;
}

/** Half-precision weights are widened one by one, and for a moment there twice. */
function largestWidened({ initializers }: Program): number {
  const halves = initializers.filter(({ origin, dtype }) => origin.kind === "weight" && itemSize(dtype) === 2);
  return Math.max(0, ...halves.map(({ shape }) => shapeSize(shape) * itemSize("float32")));
}
