/** `kandinsky3 serve`: the images API, jobs and their pictures over HTTP. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Command } from "commander";
import { removeTemporaryFiles } from "../../files/place-whole.js";
import { writeStdout } from "../output/stdout.js";
import { addSettings, readSettings } from "../server/read-settings.js";

const INTERRUPTED = 130;

export function addServe(command: Command): void {
  addSettings(command)
    .addHelpText(
      "after",
      `
Each setting is also a variable, as KANDINSKY3_MAX_QUEUE, and a key of the configuration file, as max_queue.

Examples:
  kandinsky3 serve
  kandinsky3 serve --port 8080 --model kandinsky-3 --preload --keep-alive 30m
  kandinsky3 keys create phone && kandinsky3 serve --host 0.0.0.0`,
    )
    .action(serve);
}

async function serve(flags: Parameters<typeof readSettings>[0]): Promise<void> {
  const settings = await readSettings(flags);
  const stop = new Promise<void>((resolve) => {
    const onSignal = (): void => {
      resolve();
      // The second one does not wait for what runs.
      for (const signal of ["SIGINT", "SIGTERM"] as const) {
        process.off(signal, onSignal);
        process.on(signal, () => {
          removeTemporaryFiles();
          process.exit(INTERRUPTED);
        });
      }
    };
    process.on("SIGINT", onSignal);
    process.on("SIGTERM", onSignal);
  });
  // Loaded once the flags are known to be right.
  const { runServer } = await import("../server/run-server.js");
  const server = await runServer(settings);
  await writeStdout(`kandinsky3 listens on ${server.address}\n`);
  await stop;
  process.stderr.write("kandinsky3: stopping; running jobs may end first, Ctrl-C again stops at once\n");
  await server.close();
  await sleep(0);
}
