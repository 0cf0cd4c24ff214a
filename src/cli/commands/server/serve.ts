/** `kandinsky3 serve`: the images API, jobs and their pictures over HTTP. */
import type { Command } from "commander";
import { writeStdout } from "../../output/stdout.js";
import { addSettings, readSettings } from "../../server/read-settings.js";
import { SERVER_SETTINGS } from "../../server/serve-settings.js";
import { serveUntilStopped } from "../../server/serve-until-stopped.js";

export function addServe(command: Command): void {
  addSettings(command, SERVER_SETTINGS)
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
  await serveUntilStopped(await readSettings(flags), (address) => writeStdout(`kandinsky3 listens on ${address}\n`));
}
