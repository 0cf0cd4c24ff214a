/** Where is kept what can be made again: rounded weights and embedded prompts. */
import { homedir } from "node:os";
import { join, resolve } from "node:path";

/** Absolute path: `KANDINSKY3_CACHE`, or the system's folder for such things. */
export function cacheFolder(env: Readonly<Record<string, string | undefined>> = process.env): string {
  const [given, base] = [filled(env["KANDINSKY3_CACHE"]), filled(env["XDG_CACHE_HOME"])];
  return resolve(given ?? join(base ?? join(homedir(), ".cache"), "kandinsky3"));
}

/** The text, with the home folder for a `~` at its beginning, which only shells replace; `undefined` for nothing but white space. */
function filled(text: string | undefined): string | undefined {
  return text === undefined || text.trim() === "" ? undefined : text.replace(/^~(?=$|[\\/])/, () => homedir());
}
