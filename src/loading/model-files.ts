/** The files that an opened model was read from, and goes on being read from. */
import { join } from "node:path";
import { COMPONENT_NAMES } from "../components/components.js";
import { CheckpointError } from "../errors.js";
import { tokenizerFiles } from "./component-config.js";
import { DEFAULTS_FILE } from "./generation-config.js";
import { WORDS_FILE } from "./known-words.js";
import type { ModelComponents } from "./model-components.js";
import { componentPath, INDEX_FILE } from "./model-folder.js";

const CONFIG_FILES = ["config.json", "scheduler_config.json"];

/** Absolute paths; not every one of them needs to be there. */
export async function filesOf({ folder, textEncoder, unets, movq }: ModelComponents): Promise<string[]> {
  const { weights } = textEncoder;
  const opened = [...(weights instanceof CheckpointError ? [] : [weights]), ...unets.values(), movq];
  const parts = COMPONENT_NAMES.filter((part) => folder.components.has(part) && part !== "tokenizer");
  return [
    ...[INDEX_FILE, DEFAULTS_FILE, WORDS_FILE].map((name) => join(folder.path, name)),
    ...(await tokenizerFiles(folder)).map((name) => join(folder.path, name)),
    ...parts.flatMap((part) => CONFIG_FILES.map((name) => join(componentPath(folder, part), name))),
    ...new Set(opened.flatMap(({ source }) => [...source.tensors.values()].map(({ file }) => file))),
  ];
}
