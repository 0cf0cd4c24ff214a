/** `kandinsky3 ps`: what a running server is doing. */
import type { Command } from "commander";
import { z } from "zod";
import { writeStdout } from "../../output/stdout.js";
import { addServerFlags, askServer, type ServerFlags } from "../../server/server-client.js";

const stateSchema = z.object({
  queued: z.int(),
  running: z.int(),
  workers: z.array(z.object({ name: z.string(), job: z.string().nullable(), warmth: z.string().nullable() })),
});
const jobsSchema = z.object({
  data: z.array(
    z.looseObject({
      id: z.string(),
      phase: z.string().nullable(),
      step: z.int(),
      steps: z.int().nullable(),
      seconds_left: z.number().nullable(),
    }),
  ),
});

export function addPs(command: Command): void {
  addServerFlags(command)
    .option("--json", "print one JSON object", false)
    .addHelpText("after", "\nExamples:\n  kandinsky3 ps\n  kandinsky3 ps --server http://art.example:3333 --json")
    .action(ps);
}

async function ps(flags: ServerFlags & { readonly json: boolean }): Promise<void> {
  const state = stateSchema.parse(await askServer(flags, "GET", "/ready"));
  const { data: jobs } = jobsSchema.parse(await askServer(flags, "GET", "/v1/jobs?status=running&limit=200"));
  if (flags.json) {
    await writeStdout(`${JSON.stringify({ ...state, jobs }, null, 2)}\n`);
    return;
  }
  const rows = state.workers.map(({ name, job: id, warmth }) => {
    const job = jobs.find((one) => one.id === id);
    const left = job?.seconds_left === null || job === undefined ? "" : `${Math.ceil(job.seconds_left)} s`;
    const step = job === undefined ? "idle" : `${job.phase ?? "opening"} ${job.step}/${job.steps ?? "?"}`;
    return [name, modelIn(warmth), id ?? "", step, left];
  });
  const table = [["WORKER", "MODEL", "JOB", "STATE", "LEFT"], ...rows];
  const widths = table[0]?.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0))) ?? [];
  const lines = table.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  await writeStdout(`${lines.join("\n")}\n${state.queued} waiting, ${state.running} at work\n`);
}

/** The model is the first part of what a worker has open. */
function modelIn(warmth: string | null): string {
  return warmth?.split("|")[0] ?? "";
}
