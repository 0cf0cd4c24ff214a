/** `kandinsky3 studio`: the page where people make pictures, from a server that runs, or from one of its own. */
import type { Command } from "commander";
import { writeStdout } from "../../output/stdout.js";
import { openPage } from "../../server/open-page.js";
import { addSettings, readSettings } from "../../server/read-settings.js";
import { SERVER_SETTINGS } from "../../server/serve-settings.js";
import { serveUntilStopped } from "../../server/serve-until-stopped.js";

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
  await serveUntilStopped({ ...settings, quiet: true }, (started) => show(started, open));
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
