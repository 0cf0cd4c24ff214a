/** Where is kept what cannot be made again: jobs, pictures and keys of a server. */
import { homedir } from "node:os";
import { join } from "node:path";

/** The system's folder for such things, with ours in it. */
export function dataFolder(env: Readonly<Record<string, string | undefined>> = process.env): string {
  const base = env["XDG_DATA_HOME"];
  return join(base === undefined || base === "" ? join(homedir(), ".local", "share") : base, "kandinsky3");
}
