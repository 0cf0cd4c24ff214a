/** `kandinsky3 stop`: ends a running server; what has not come to its end waits for the next start. */
import type { Command } from "commander";
import { writeStdout } from "../../output/stdout.js";
import { addServerFlags, askServer, type ServerFlags } from "../../server/server-client.js";

export function addStop(command: Command): void {
  addServerFlags(command)
    .addHelpText("after", "\nExamples:\n  kandinsky3 stop\n  kandinsky3 stop --port 8080")
    .action(stop);
}

async function stop(flags: ServerFlags): Promise<void> {
  await askServer(flags, "POST", "/v1/server/stop");
  await writeStdout("the server is stopping\n");
}
