/** What a model says about its components, in the form of diffusers' `config.json` files, wherever its layout keeps it. */
import { join, relative } from "node:path";
import { type OnNote, readJson } from "../files/json-file.js";
import { componentPath } from "./model-folder.js";
import type { ComponentName, UNetName } from "../components/components.js";
import { RELEASE_SCHEDULER_CONFIG, releaseMovqConfig, releaseUNetConfig } from "./original/release-config.js";
import { namesIn } from "../checkpoint/weight-files.js";
import type { ModelFolder } from "./layout.js";

export interface ComponentConfig {
  readonly json: unknown;
  /** Where it comes from, for messages. */
  readonly file: string;
  /** True when `file` is one, false when the layout implies the values. */
  readonly isFile: boolean;
}

/** Where diffusers' layout has the scheduler's settings. */
export const SCHEDULER_FILE = join("scheduler", "scheduler_config.json");

/** Files of a tokenizer, in either layout; the original keeps them among the text encoder's. */
const TOKENIZER_FILES = [
  "added_tokens.json",
  "special_tokens_map.json",
  "spiece.model",
  "tokenizer.json",
  "tokenizer_config.json",
];

/** The configuration of a part; unknown keys of a file that implies it are told. Throws `ConfigError`, and `CheckpointError` when the model lacks the part. */
export async function readComponentConfig(
  folder: ModelFolder,
  part: Exclude<ComponentName, "tokenizer">,
  onNote?: OnNote,
): Promise<ComponentConfig> {
  const path = componentPath(folder, part);
  if (folder.layout === "diffusers" || part === "text_encoder") {
    const file = part === "scheduler" ? join(folder.root, SCHEDULER_FILE) : join(path, "config.json");
    return { json: await readJson(file), file, isFile: true };
  }
  return {
    json: await impliedConfig(folder, part, onNote),
    file: `${folder.path} (the release's ${part})`,
    isFile: false,
  };
}

function impliedConfig(
  folder: ModelFolder,
  part: "scheduler" | "movq" | UNetName,
  onNote: OnNote | undefined,
): Promise<object> {
  if (part === "scheduler") {
    return Promise.resolve(RELEASE_SCHEDULER_CONFIG);
  }
  return part === "movq" ? releaseMovqConfig(folder, onNote) : releaseUNetConfig(folder, part, onNote);
}

/** The tokenizer's files, by their paths inside the model folder. */
export async function tokenizerFiles(folder: ModelFolder): Promise<string[]> {
  const path = componentPath(folder, "tokenizer");
  const names = await namesIn(path);
  const own = folder.layout === "diffusers" ? names : names.filter((name) => TOKENIZER_FILES.includes(name));
  return own.map((name) => join(relative(folder.path, path), name));
}
