/**
 * What the environment says about the Hugging Face Hub: address, cache folder, token, offline mode, time limits. Names, order and
 * defaults are those of the Python client. Reference: huggingface_hub, constants.py and utils/_auth.py.
 */
import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { HubError, reasonOf, UsageError } from "../errors.js";
import { type Environment, setting } from "../net/settings.js";

export interface HubEnvironment {
  /** The variables themselves, which also say how the network is reached. */
  readonly variables: Environment;
  /** Address of the Hub without a final slash. */
  readonly endpoint: string;
  /** Absolute path of the folder that holds `models--org--name`. */
  readonly cacheFolder: string;
  readonly offline: boolean;
  /** False when the user asked for plain files instead of links. */
  readonly symlinks: boolean;
  /** How long to wait for an answer about a file. */
  readonly metadataTimeoutMs: number;
  /** How long to wait for the next bytes of a file. */
  readonly downloadTimeoutMs: number;
  /** The user's token, read again at each call; `undefined` when there is none. Throws `HubError` for an unreadable one. */
  token(): Promise<string | undefined>;
}

const DEFAULT_ENDPOINT = "https://huggingface.co";
const DEFAULT_TIMEOUT_SECONDS = 10;
/** More would not fit into a timer. */
const LONGEST_TIMEOUT_SECONDS = 24 * 24 * 60 * 60;
const TRUE_WORDS = new Set(["1", "ON", "YES", "TRUE"]);

/** Reads the environment. Throws `UsageError` for an address or a time limit that is none. */
export function hubEnvironment(env: Environment = process.env): HubEnvironment {
  const given = (...names: string[]): string | undefined => setting(env, ...names)?.value;
  const home = userPath(env, given("HF_HOME") ?? join(given("XDG_CACHE_HOME") ?? "~/.cache", "huggingface"));
  const cache = given("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE") ?? join(home, "hub");
  return {
    variables: env,
    endpoint: endpointOf(given("HF_ENDPOINT") ?? DEFAULT_ENDPOINT),
    cacheFolder: userPath(env, cache),
    offline: isTrue(given("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE")),
    symlinks: !isTrue(given("HF_HUB_DISABLE_SYMLINKS")),
    metadataTimeoutMs: 1000 * secondsOf(env, "HF_HUB_ETAG_TIMEOUT"),
    downloadTimeoutMs: 1000 * secondsOf(env, "HF_HUB_DOWNLOAD_TIMEOUT"),
    token: () => readToken(env, userPath(env, given("HF_TOKEN_PATH") ?? join(home, "token"))),
  };
}

function isTrue(value: string | undefined): boolean {
  return TRUE_WORDS.has((value ?? "").toUpperCase());
}

/** Absolute, with `~`, `$NAME` and `${NAME}` replaced as Python's expanduser and expandvars do. */
function userPath(env: Environment, path: string): string {
  const home = path === "~" || /^~[\\/]/.test(path) ? homeFolder(env) + path.slice(1) : path;
  return resolve(
    home.replace(
      /\$(?:(\w+)|\{([^}]+)\})/g,
      (text, bare?: string, braced?: string) => env[bare ?? braced ?? ""] ?? text,
    ),
  );
}

function homeFolder(env: Environment): string {
  return setting(env, "HOME")?.value ?? homedir();
}

function endpointOf(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || /[@?#\\\s]/.test(text)) {
    // A password in the address would reach messages, so the text is not repeated.
    throw new UsageError(
      `HF_ENDPOINT: expected an http or https address such as ${DEFAULT_ENDPOINT}, without user name, ? and #, got something else`,
    );
  }
  return (url.origin + url.pathname).replace(/\/+$/, "");
}

function secondsOf(env: Environment, name: string): number {
  const text = setting(env, name)?.value ?? String(DEFAULT_TIMEOUT_SECONDS);
  if (!/^\d+$/.test(text)) {
    throw new UsageError(`${name}: expected a whole number of seconds, got ${JSON.stringify(text)}`);
  }
  return Math.min(Number(text), LONGEST_TIMEOUT_SECONDS) || DEFAULT_TIMEOUT_SECONDS;
}

async function readToken(env: Environment, file: string): Promise<string | undefined> {
  if (isTrue(setting(env, "HF_HUB_DISABLE_IMPLICIT_TOKEN")?.value)) {
    return undefined;
  }
  const given = setting(env, "HF_TOKEN", "HUGGING_FACE_HUB_TOKEN");
  const token = (given?.value ?? (await textOf(file)) ?? "").replace(/[\r\n]/g, "").trim();
  if (/[^\x21-\x7e]/.test(token)) {
    const got = "spaces or letters beyond ASCII in it";
    throw given === undefined
      ? new HubError(`the token file ${file}: expected one word (hf_…), got ${got}`)
      : new UsageError(`${given.name}: expected a token, one word (hf_…), got ${got}`);
  }
  return token === "" ? undefined : token;
}

async function textOf(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, "utf8");
  } catch (thrown) {
    if (thrown instanceof Error && "code" in thrown && (thrown.code === "ENOENT" || thrown.code === "ENOTDIR")) {
      return undefined;
    }
    throw new HubError(`the token file ${file} cannot be read: ${reasonOf(thrown)}`, { cause: thrown });
  }
}
