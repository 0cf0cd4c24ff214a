/** `kandinsky3 list`: the models in the Hugging Face cache. */
import type { Command } from "commander";
import { formatSize } from "../../text/byte-size.js";
import { type CachedModel, cachedModels, holdsKandinsky } from "../../hub/cache/cached-models.js";
import { hubEnvironment } from "../../hub/environment.js";
import { writeStdout } from "../output/stdout.js";

interface Flags {
  readonly all: boolean;
  readonly json: boolean;
}

const SHORT_COMMIT = 12;

export function addList(command: Command): void {
  command
    .option("--all", "print other models too", false)
    .option("--json", "print one JSON object", false)
    .addHelpText("after", "\nExamples:\n  kandinsky3 list\n  kandinsky3 list --json | jq '.models[].repository'")
    .action(list);
}

async function list({ all, json }: Flags): Promise<void> {
  const { cacheFolder } = hubEnvironment();
  const found = await cachedModels(cacheFolder);
  const models = all ? found : found.filter(holdsKandinsky);
  if (json) {
    await writeStdout(`${JSON.stringify({ cacheFolder, models }, null, 2)}\n`);
    return;
  }
  const others = found.length - models.length;
  const width = Math.max(0, ...models.map(({ repository }) => repository.length));
  const lines = models.flatMap((model) => linesOf(model, width));
  const none = lines.length === 0 ? ["no models; the bundled one, nano, is in the package"] : [];
  const rest = others === 0 ? [] : [`${others} other models (--all)`];
  await writeStdout(`${[cacheFolder, ...lines, ...none, ...rest].join("\n")}\n`);
}

/** `org/name  24.9 GB  main 0a1b2c3d4e5f`; a revision without a name is one that is not whole, or was asked for by its id. */
function linesOf({ repository, revisions, bytes, partialBytes }: CachedModel, width: number): string[] {
  const partial = partialBytes === 0 ? [] : [`${formatSize(partialBytes)} of unfinished files`];
  const named = revisions.map(({ commit, refs }) => [...refs, commit.slice(0, SHORT_COMMIT)].join(" "));
  return [[repository.padEnd(width), formatSize(bytes).padStart(9), ...named, ...partial].join("  ")];
}
