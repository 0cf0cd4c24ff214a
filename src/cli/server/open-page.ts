/** Opening an address in the user's browser, with what the system has for it. */
import { spawn } from "node:child_process";
import { platform } from "node:os";

/** Beside xdg-open. On Windows `start` is a word of the command line's own, and its first text a window's title. */
const OPENERS: Readonly<Partial<Record<NodeJS.Platform, readonly [string, ...string[]]>>> = {
  darwin: ["open"],
  win32: ["cmd", "/c", "start", ""],
};

/** Whether the system took it; what the browser then does is its own. */
export function openPage(address: string): Promise<boolean> {
  const [program, ...rest] = OPENERS[platform()] ?? ["xdg-open"];
  return new Promise((resolve) => {
    const child = spawn(program, [...rest, address], { stdio: "ignore", detached: true });
    child.once("error", () => {
      resolve(false);
    });
    // A program that opens pages ends at once where it cannot.
    child.once("exit", (code) => {
      resolve(code === 0);
    });
    child.unref();
  });
}
