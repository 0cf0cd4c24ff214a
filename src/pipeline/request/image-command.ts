/** The command which makes one picture of several again, alone: with its own seed where it has one. */
import type { JsonObject, JsonValue } from "../../image/metadata/metadata.js";
import { shellWord } from "../../text/shell-words.js";
import { OPTION_ROWS } from "./option-table.js";

/** What says nothing of a single picture, or is said elsewhere in the command. */
const LEFT_OUT = new Set(["prompt", "numImagesPerPrompt", "batchSize", "outputType", "seed"]);

/**
 * `record` is that of the picture, `seed` its own. `undefined` where a command cannot say it: for texts that were given embedded, for
 * images without a file, and for parts that were repainted, whose settings are not options as they were given.
 */
export function commandOf(record: JsonObject, seed: bigint): string | undefined {
  const { prompt, mode, model } = record;
  if (typeof prompt !== "string" || prompt === "" || typeof model !== "string" || mode === "inpainting") {
    return undefined;
  }
  const words = [
    "kandinsky3",
    "generate",
    ...(prompt.startsWith("-") ? [`--prompt=${prompt}`] : [prompt]),
    "--model",
    model,
    "--seed",
    seed.toString(),
  ];
  for (const [name, { flag, record: key }] of OPTION_ROWS) {
    const value = record[name];
    if (flag !== null && key === name && !LEFT_OUT.has(name) && value !== undefined && value !== null) {
      const text = textOf(value);
      if (text === undefined) {
        return undefined;
      }
      // A value that begins with a hyphen would be taken for a flag.
      words.push(
        ...(text.startsWith("-") ? [`${flag.replace(/ .*$/, "")}=${text}`] : [flag.replace(/ .*$/, ""), text]),
      );
    }
  }
  return words.map(shellWord).join(" ");
}

/** As the command line reads it; `undefined` for what it does not. */
function textOf(value: JsonValue): string | undefined {
  if (Array.isArray(value)) {
    return value.every((item) => typeof item === "number") ? value.join(",") : undefined;
  }
  if (typeof value === "object" && value !== null) {
    const name = "name" in value ? value["name"] : undefined;
    return typeof name === "string" ? name : undefined;
  }
  return String(value);
}
