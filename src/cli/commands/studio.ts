/** `kandinsky3 studio`: the page where people make pictures, from a server that runs, or from one of its own. */
import type { Command } from "commander";
import { writeStdout } from "../output/stdout.js";
import { openPage } from "../server/open-page.js";
import { addSettings, readSettings } from "../server/read-settings.js";
import { SERVER_SETTINGS } from "../server/serve-settings.js";
import { requireServerPackages } from "../server/server-packages.js";
import { StopSignal } from "../server/stop-signal.js";

type Flags = Parameters<typeof readSettings>[0] & { readonly open: boolean };

/** A server that runs answers sooner. */
const ANSWER_MS = 2000;

export function addStudio(command: Command): void {
  addSettings(command, SERVER_SETTINGS)
    .option("--no-open", "print the page's address and open no browser")
    .addHelpText(
      "after",
      `
With a server that runs already the page is opened, and the command ends. Otherwise it starts one, with the settings of
kandinsky3 serve, which goes on until Ctrl-C.

Examples:
  kandinsky3 studio
  kandinsky3 studio --no-open --port 8080`,
    )
    .action(studio);
}

async function studio({ open, ...flags }: Flags): Promise<void> {
  const settings = await readSettings(flags);
  const { host, port } = settings;
  const address = `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
  if (port !== 0 && (await isStudio(address))) {
    await show(address, open);
    return;
  }
  requireServerPackages(settings.queue === undefined ? ["server"] : ["server", "queue"]);
  const stop = new StopSignal();
  const { runServer } = await import("../server/run-server.js");
  const server = await runServer({ ...settings, quiet: true }, () => {
    stop.ask();
  });
  await show(server.address, open);
  await stop.asked;
  process.stderr.write("kandinsky3: stopping; running jobs may end first, Ctrl-C again stops at once\n");
  await server.close();
}

async function show(address: string, open: boolean): Promise<void> {
  await writeStdout(`the studio is at ${address}\n`);
  if (open && !(await openPage(address))) {
    process.stderr.write("kandinsky3: no browser could be opened; open the address in one\n");
  }
}

/** Whether a kandinsky3 server answers there. */
async function isStudio(address: string): Promise<boolean> {
  try {
    const answer = await fetch(`${address}/version`, { signal: AbortSignal.timeout(ANSWER_MS) });
    const body: unknown = await answer.json();
    return typeof body === "object" && body !== null && "name" in body && body.name === "kandinsky3";
  } catch {
    return false;
  }
}
