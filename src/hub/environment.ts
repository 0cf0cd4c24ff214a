/**
 * What the environment says about the Hugging Face Hub: address, cache folder, token, offline mode, time limits. Names, order and
 * defaults are those of the Python client. Reference: huggingface_hub, constants.py and utils/_auth.py.
 */
import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { HubError, reasonOf, UsageError } from "../errors.js";

export type Environment = Readonly<Record<string, string | undefined>>;

export interface HubEnvironment {
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
const TRUE_WORDS = new Set(["1", "ON", "YES", "TRUE"]);

/** Reads the environment. Throws `UsageError` for an address or a time limit that is none. */
export function hubEnvironment(env: Environment = process.env): HubEnvironment {
  const home = userPath(env, env["HF_HOME"] ?? join(env["XDG_CACHE_HOME"] ?? "~/.cache", "huggingface"));
  const cache = env["HF_HUB_CACHE"] ?? env["HUGGINGFACE_HUB_CACHE"] ?? join(home, "hub");
  return {
    endpoint: endpointOf(env["HF_ENDPOINT"] ?? DEFAULT_ENDPOINT),
    cacheFolder: userPath(env, cache),
    offline: isTrue(filled(env["HF_HUB_OFFLINE"]) ?? env["TRANSFORMERS_OFFLINE"]),
    symlinks: !isTrue(env["HF_HUB_DISABLE_SYMLINKS"]),
    metadataTimeoutMs: 1000 * secondsOf(env, "HF_HUB_ETAG_TIMEOUT"),
    downloadTimeoutMs: 1000 * secondsOf(env, "HF_HUB_DOWNLOAD_TIMEOUT"),
    token: () => readToken(env, userPath(env, env["HF_TOKEN_PATH"] ?? join(home, "token"))),
  };
}

function isTrue(value: string | undefined): boolean {
  return TRUE_WORDS.has((value ?? "").toUpperCase());
}

/** An empty variable says nothing. */
function filled(value: string | undefined): string | undefined {
  return value === "" ? undefined : value;
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
  return filled(env["HOME"]) ?? homedir();
}

function endpointOf(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.username !== "" || url.password !== "") {
    // A password in the address would reach messages, so the text is not repeated.
    throw new UsageError("HF_ENDPOINT: expected an http or https address without a user name, got something else");
  }
  return text.replace(/\/+$/, "");
}

function secondsOf(env: Environment, name: string): number {
  const text = filled(env[name]);
  const seconds = text === undefined ? DEFAULT_TIMEOUT_SECONDS : Number(text);
  if (!Number.isInteger(seconds) || seconds < 0) {
    throw new UsageError(`${name}: expected a whole number of seconds, got ${JSON.stringify(text)}`);
  }
  return seconds === 0 ? DEFAULT_TIMEOUT_SECONDS : seconds;
}

async function readToken(env: Environment, file: string): Promise<string | undefined> {
  if (isTrue(env["HF_HUB_DISABLE_IMPLICIT_TOKEN"])) {
    return undefined;
  }
  const given = filled(env["HF_TOKEN"]) ?? filled(env["HUGGING_FACE_HUB_TOKEN"]);
  const token = (given ?? (await textOf(file)) ?? "").replace(/[\r\n]/g, "").trim();
  if (/[^\x21-\x7e]/.test(token)) {
    const place = given === undefined ? file : "the environment";
    throw new HubError(`the token from ${place} holds spaces or letters beyond ASCII, expected one word (hf_…)`);
  }
  return filled(token);
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
