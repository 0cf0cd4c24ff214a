/** `kandinsky3 rm`: takes a model out of the Hugging Face cache and says what that frees. */
import type { Command } from "commander";
import { formatSize } from "../../text/byte-size.js";
import { CacheLayout } from "../../hub/cache/cache-layout.js";
import { hubEnvironment } from "../../hub/environment.js";
import { removeModel } from "../../hub/cache/remove-model.js";
import { requireAddress } from "../../loading/resolve-model.js";
import { modelName } from "../options/option-values.js";
import { tableOption } from "../options/table-options.js";
import { writeStdout } from "../output/stdout.js";

interface Flags {
  readonly revision?: string;
  readonly dryRun: boolean;
  readonly json: boolean;
}

export function addRm(command: Command): void {
  command
    .argument("<model>", "its name on the Hub, or a short name", modelName)
    .addOption(tableOption("revision", "only this branch, tag, commit or beginning of one"))
    .option("--dry-run", "only say what would be freed", false)
    .option("--json", "print one JSON object", false)
    .addHelpText(
      "after",
      "\nExamples:\n  kandinsky3 rm kandinsky-3 --dry-run\n  kandinsky3 rm kandinsky-3 --revision 0a1b2c3d",
    )
    .action(rm);
}

async function rm(model: string, { revision: given, dryRun, json }: Flags): Promise<void> {
  const { repository, revision } = requireAddress(model, given);
  const removal = await removeModel(new CacheLayout(hubEnvironment().cacheFolder, repository), { revision, dryRun });
  if (json) {
    await writeStdout(`${JSON.stringify({ ...removal, dryRun }, null, 2)}\n`);
    return;
  }
  const what = removal.commits.length === 1 ? "1 revision" : `${removal.commits.length} revisions`;
  const shared = removal.sharedBytes === 0 ? "" : `; ${formatSize(removal.sharedBytes)} stay, other revisions use them`;
  const frees = `${dryRun ? "would free" : "freed"} ${formatSize(removal.freedBytes)}`;
  await writeStdout(`${repository}: ${what}, ${frees}${shared}\n`);
}
