/** Speaking to a running server. */
import type { Command } from "commander";
import { KandinskyError, reasonOf } from "../../errors.js";
import { readSettings } from "./read-settings.js";

export interface ServerFlags {
  readonly host?: string;
  readonly port?: string;
  readonly server?: string;
  readonly key?: string;
}

/** The server cannot be reached, or refuses. */
class ServerError extends KandinskyError {
  override readonly code = "server";
}

/** Adds the flags that say which server is meant. */
export function addServerFlags(command: Command): Command {
  return command
    .option("--host <address>", "address that it listens on (default: 127.0.0.1)")
    .option("--port <n>", "port that it listens on (default: 3333)")
    .option("--server <url>", "its whole address instead; KANDINSKY3_SERVER otherwise")
    .option("--key <key>", "an API key; KANDINSKY3_API_KEY otherwise");
}

/** The JSON of an answer. Throws `ServerError` with what the server says. */
export async function askServer(flags: ServerFlags, method: "GET" | "POST", path: string): Promise<unknown> {
  const { host, port } = await readSettings({ host: flags.host, port: flags.port });
  const base = flags.server ?? process.env["KANDINSKY3_SERVER"] ?? `http://${host}:${port}`;
  const key = flags.key ?? process.env["KANDINSKY3_API_KEY"];
  let response: Response;
  try {
    const headers: Record<string, string> = key === undefined ? {} : { authorization: `Bearer ${key}` };
    response = await fetch(new URL(path, base), { method, headers });
  } catch (thrown) {
    throw new ServerError(`no server answers at ${base}, expected a running kandinsky3 serve (${causeOf(thrown)})`);
  }
  const body: unknown = await response.json().catch(() => undefined);
  if (!response.ok) {
    throw new ServerError(`the server at ${base} refuses (${response.status}): ${messageIn(body)}`);
  }
  return body;
}

function causeOf(thrown: unknown): string {
  return thrown instanceof Error && thrown.cause !== undefined ? reasonOf(thrown.cause) : reasonOf(thrown);
}

function messageIn(body: unknown): string {
  const error = typeof body === "object" && body !== null && "error" in body ? body.error : undefined;
  return typeof error === "object" && error !== null && "message" in error ? String(error.message) : "without a word";
}
