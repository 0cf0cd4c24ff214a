/**
 * What a server can be told, in one table: by a flag, a variable, or a key of the configuration file, in this order. Flags with their
 * help, the names of the variables and the keys of the file are derived from it.
 */
import { dataFolder } from "../../files/data-folder.js";
import type { WorkerSettings } from "../../jobs/work/worker-settings.js";
import {
  asOption,
  count,
  duration,
  filled,
  optional,
  type Setting,
  several,
  single,
  word,
  yes,
} from "./setting-kinds.js";

const MOST = 1_000_000_000;

export const SETTINGS = {
  host: single("--host <address>", "address to listen on", filled, "127.0.0.1"),
  port: single("--port <n>", "port to listen on; 0 is any that is free", count(0, 65_535), "3333"),
  data: single("--data <dir>", "folder of jobs, pictures and keys", filled, dataFolder()),
  model: several(
    "--model <name>",
    "a model that jobs may name, the first being the default; those of the cache may always be named",
  ),
  queue: optional("--queue <url>", "redis://… shares the work with machines that run kandinsky3 worker", filled),
  sharedFolder: optional(
    "--shared-folder <dir>",
    "where images travel between the server and its workers; through Redis without it",
    filled,
  ),
  name: optional("--name <name>", "what the server calls this worker; its host and process without it", filled),
  maxQueue: single("--max-queue <n>", "how many jobs may wait", count(1, MOST), "1000"),
  keepAlive: single("--keep-alive <time>", "how long a model stays open without work, as 5m or 0", duration, "5m"),
  preload: single("--preload", "open the default model at once", yes, "false"),
  insecure: single("--insecure", "ask for no key, on any address", yes, "false"),
  allowHost: several("--allow-host <name>", "a name that the server may be reached by"),
  allowOrigin: several("--allow-origin <origin>", "an origin whose pages may use the server"),
  webImages: single(
    "--web-images <whose>",
    "none, or public: fetch pictures that requests name by an address of the public internet",
    word("none", "public"),
    "none",
  ),
  publicUrl: optional("--public-url <url>", "how clients reach it, where a proxy stands before it", filled),
  threads: optional("--threads <n>", "processor threads", count(1, 1024)),
  maxMemory: optional("--max-memory <size>", "stay below this much memory, as 8GB", asOption("maxMemory")),
  device: optional("--device <name>", "what computes", asOption("device")),
  preset: optional("--preset <name>", "the preset of jobs that name none", asOption("preset")),
  retention: single("--retention <time>", "how long ended jobs and their pictures are kept, as 30d", duration, "30d"),
  keepJobs: single("--keep-jobs <n>", "how many ended jobs are kept", count(1, MOST), "10000"),
  filterWords: optional("--filter-words <file>", "words, one a line, that prompts may not have", filled),
  filterCommand: optional(
    "--filter-command <command>",
    "reads each prompt, and refuses it by another exit code than 0",
    filled,
  ),
  logPrompts: single("--log-prompts", "write prompts into the log", yes, "false"),
  quiet: single("--quiet", "log nothing but errors", yes, "false"),
  grace: single("--grace <time>", "how long running jobs may go on when the server is told to end", duration, "30s"),
} as const;

type Table = typeof SETTINGS;

/** Every setting with its value. Times are in seconds. */
export type ServeSettings = {
  readonly [Name in keyof Table]: Table[Name] extends Setting<infer Value> ? Value : never;
};

/** What only a worker is told. */
const OF_A_WORKER = ["name"];
export const WORKER_SETTINGS = [
  "queue",
  "sharedFolder",
  "name",
  "model",
  "keepAlive",
  "preload",
  "threads",
  "maxMemory",
  "device",
  "preset",
  "quiet",
  "grace",
] as const satisfies readonly (keyof Table)[];
/** What a bot with jobs of its own is told. */
export const TELEGRAM_SETTINGS = [
  "data",
  "model",
  "keepAlive",
  "preload",
  "maxQueue",
  "threads",
  "maxMemory",
  "device",
  "preset",
  "retention",
  "keepJobs",
  "filterWords",
  "quiet",
  "grace",
] as const satisfies readonly (keyof Table)[];
export const SERVER_SETTINGS = Object.keys(SETTINGS).filter((name) => !OF_A_WORKER.includes(name));

/** The rows by their names, which are the keys of the configuration file in snake case. */
export const SETTING_ROWS: ReadonlyMap<string, Setting<unknown>> = new Map(Object.entries<Setting<unknown>>(SETTINGS));

/** How workers are to open models. */
export function workerSettingsOf(settings: ServeSettings): WorkerSettings {
  const { keepAlive, threads, maxMemory, device, preset, model, preload } = settings;
  return { keepAlive, threads, maxMemory, device, preset, models: [...model], preload };
}
