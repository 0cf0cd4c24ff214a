/** Where is kept what can be made again: rounded weights and embedded prompts. */
import { homedir } from "node:os";
import { join } from "node:path";

/** `KANDINSKY3_CACHE`, or the system's folder for such things. */
export function cacheFolder(env: Readonly<Record<string, string | undefined>> = process.env): string {
  const given = env["KANDINSKY3_CACHE"];
  if (given !== undefined && given !== "") {
    return given;
  }
  const base = env["XDG_CACHE_HOME"];
  return join(base === undefined || base === "" ? join(homedir(), ".cache") : base, "kandinsky3");
}
