/** `kandinsky3 studio`: the page, of a server that runs already or of one that is started for it. */
import { spawn } from "node:child_process";
import type { Command } from "commander";
import { writeStdout } from "../../output/stdout.js";
import { addSettings, readSettings } from "../../server/read-settings.js";
import { SERVER_SETTINGS } from "../../server/serve-settings.js";
import { serveUntilStopped } from "../../server/serve-until-stopped.js";

type Flags = Parameters<typeof readSettings>[0] & { readonly open?: boolean };

export function addStudio(command: Command): void {
  addSettings(command, SERVER_SETTINGS)
    .option("--no-open", "print the address and open no browser")
    .addHelpText("after", "\nExamples:\n  kandinsky3 studio\n  kandinsky3 studio --port 8080 --no-open")
    .action(studio);
}

async function studio({ open = true, ...flags }: Flags): Promise<void> {
  const settings = await readSettings(flags);
  const show = async (address: string): Promise<void> => {
    await writeStdout(`the studio is at ${address}/\n`);
    if (open) {
      openBrowser(`${address}/`);
    }
  };
  const running = `http://${settings.host}:${settings.port}`;
  if (await isOurs(running)) {
    await show(running);
    return;
  }
  await serveUntilStopped(settings, show);
}

/** Whether a server of this program answers there. */
async function isOurs(address: string): Promise<boolean> {
  try {
    const response = await fetch(`${address}/version`, { signal: AbortSignal.timeout(2000) });
    const body: unknown = await response.json();
    return typeof body === "object" && body !== null && "name" in body && body.name === "kandinsky3";
  } catch {
    return false; // Nobody answers, or somebody else.
  }
}

const OPENERS: Readonly<Partial<Record<NodeJS.Platform, readonly [string, ...string[]]>>> = {
  darwin: ["open"],
  win32: ["cmd", "/c", "start", ""],
};

/** A machine without a browser, or without a screen, has the address on its terminal. */
function openBrowser(address: string): void {
  const [program, ...before] = OPENERS[process.platform] ?? ["xdg-open"];
  const child = spawn(program, [...before, address], { stdio: "ignore", detached: true });
  child.on("error", () => undefined);
  child.unref();
}
