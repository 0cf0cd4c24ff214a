/** How long a network's operators take, from the engine's own record. Reference: ONNX Runtime, docs on performance profiling. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { SessionError } from "../errors.js";
import type { Program } from "../graph/program.js";
import { InferenceProcess } from "../runtime/inference-process.js";
import type { Feeds } from "../runtime/engine.js";
import { StagedSession } from "../engine/execution/staged-session.js";
import { describeKey } from "../text/describe-issue.js";
import { scratchFolder } from "../files/shared/temporary-folder.js";

/** All nodes of one kind of operator, in one pass. */
export interface OperatorTime {
  readonly operator: string;
  readonly calls: number;
  readonly seconds: number;
}

const eventSchema = z.object({
  cat: z.string(),
  name: z.string(),
  /** Microseconds. */
  dur: z.number(),
  args: z.looseObject({ op_name: z.string().optional() }).optional(),
});

/** Runs `program` `passes` times; the mean of all passes, the longest first. Throws `SessionError`. */
export async function profileOperators(
  program: Program,
  feeds: Feeds,
  { passes, threads }: { readonly passes: number; readonly threads: number },
): Promise<readonly OperatorTime[]> {
  await using scratch = await scratchFolder("profile");
  await using engine = InferenceProcess.start({ threads, profileFolder: scratch.path });
  const session = await StagedSession.open(engine, program);
  for (let pass = 0; pass < passes; pass++) {
    await session.run(feeds);
  }
  await session.release();
  return sum(await readEvents(scratch.path), passes);
}

async function readEvents(folder: string): Promise<readonly z.infer<typeof eventSchema>[]> {
  const files = (await readdir(folder)).filter((name) => name.endsWith(".json"));
  const events = await Promise.all(
    files.map(async (name) => parseProfile(JSON.parse(await readFile(join(folder, name), "utf8")))),
  );
  return events.flat();
}

function parseProfile(json: unknown): readonly z.infer<typeof eventSchema>[] {
  const { data, error } = z.array(eventSchema).safeParse(json);
  if (data === undefined) {
    const problems = error.issues.slice(0, 1).map((issue) => describeKey(issue, json));
    throw new SessionError(`the engine's profile has another form than expected: ${problems.join("")}`);
  }
  return data;
}

function sum(events: readonly z.infer<typeof eventSchema>[], passes: number): readonly OperatorTime[] {
  const totals = new Map<string, { calls: number; seconds: number }>();
  for (const { cat, name, dur, args } of events) {
    if (cat === "Node" && name.endsWith("_kernel_time") && args?.op_name !== undefined) {
      const total = totals.get(args.op_name) ?? { calls: 0, seconds: 0 };
      total.calls += 1 / passes;
      total.seconds += dur / 1e6 / passes;
      totals.set(args.op_name, total);
    }
  }
  if (totals.size === 0) {
    throw new SessionError("the engine's profile names no operator, expected some");
  }
  return [...totals]
    .map(([operator, { calls, seconds }]) => ({ operator, calls: Math.round(calls), seconds }))
    .sort((a, b) => b.seconds - a.seconds);
}
