/** `kandinsky3 worker`: does the jobs of a server, on this machine. */
import type { Command } from "commander";
import { UsageError } from "../../../errors.js";
import { writeStdout } from "../../output/stdout.js";
import { addSettings, readSettings } from "../../server/read-settings.js";
import { WORKER_SETTINGS } from "../../server/serve-settings.js";
import { requireServerPackages } from "../../server/server-packages.js";
import { StopSignal } from "../../server/stop-signal.js";

export function addWorker(command: Command): void {
  addSettings(command, WORKER_SETTINGS)
    .addHelpText(
      "after",
      `
Examples:
  kandinsky3 serve --queue redis://10.0.0.1:6379
  kandinsky3 worker --queue redis://10.0.0.1:6379
  kandinsky3 worker --queue redis://10.0.0.1:6379 --model kandinsky-3 --preload --keep-alive 30m`,
    )
    .action(work);
}

async function work(flags: Parameters<typeof readSettings>[0]): Promise<void> {
  const { queue, ...settings } = await readSettings(flags);
  if (queue === undefined) {
    throw new UsageError(
      "--queue: missing, expected the address that the server was given, such as redis://10.0.0.1:6379",
    );
  }
  requireServerPackages(["queue"]);
  const stop = new StopSignal();
  const { runWorker } = await import("../../server/run-worker.js");
  const worker = await runWorker({ ...settings, queue });
  await writeStdout(`${worker.name} waits for jobs\n`);
  await stop.asked;
  process.stderr.write("kandinsky3: stopping; a running job may end first, Ctrl-C again stops at once\n");
  await worker.close();
}
