/** A client of the fake Hub with a cache of its own, and what a cache holds. */
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { HubClient } from "../../src/hub/download/client.js";
import { hubEnvironment } from "../../src/hub/environment.js";
import { FakeHub } from "./fake-hub.js";

export interface Bench {
  readonly hub: FakeHub;
  /** The cache folder. */
  readonly cache: string;
  readonly retries: string[];
  client(options?: { readonly env?: Record<string, string>; readonly signal?: AbortSignal }): HubClient;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Retries quickly, or the tests would wait. */
const QUICK = { retries: 3, firstWaitMs: 5, longestWaitMs: 20 };

export async function startBench(): Promise<Bench> {
  const hub = await FakeHub.start();
  const home = mkdtempSync(join(tmpdir(), "kandinsky3-hub-"));
  const cache = join(home, "hub");
  const clients: HubClient[] = [];
  const retries: string[] = [];
  return {
    hub,
    cache,
    retries,
    client: ({ env = {}, signal } = {}) => {
      const client = new HubClient({
        environment: hubEnvironment({ HF_ENDPOINT: hub.endpoint, HF_HOME: home, ...env }),
        userAgent: "kandinsky3/test",
        pace: QUICK,
        onRetry: (reason) => retries.push(reason),
        signal,
      });
      clients.push(client);
      return client;
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all(clients.map((client) => client[Symbol.asyncDispose]()));
      await hub[Symbol.asyncDispose]();
      rmSync(home, { recursive: true, force: true });
    },
  };
}

/** Every path below `folder`: a link's target after an arrow, a file's text or size. */
export function contentsOf(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => {
      const path = join(entry.parentPath, entry.name);
      const name = relative(folder, path);
      return entry.isSymbolicLink() ? `${name} -> ${readlinkSync(path)}` : `${name} (${readFileSync(path).length})`;
    })
    .sort();
}
