/** `kandinsky3 pull`: a model from the Hugging Face Hub into the cache that Python's tools use too. */
import type { Command } from "commander";
import { formatSize } from "../../text/byte-size.js";
import { sizeOf } from "../../hub/download/fetch-files.js";
import { pullModel } from "../../hub/pull-model.js";
import { requireAddress } from "../../loading/resolve-model.js";
import { openHub } from "../hub-session.js";
import { Interruption } from "../interruption.js";
import { countUpTo, modelName } from "../options/option-values.js";
import { tableOption } from "../options/table-options.js";
import { Progress } from "../output/progress.js";
import { writeStdout } from "../output/stdout.js";
import { TransferProgress } from "../output/transfer-progress.js";

interface Flags {
  readonly variant?: string;
  readonly revision?: string;
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  readonly maxWorkers?: number;
  readonly json: boolean;
  readonly quiet: boolean;
}

const MOST_WORKERS = 64;

const EXAMPLES = `
A download that was stopped, however hard, goes on where it was. HF_HOME, HF_HUB_CACHE, HF_TOKEN, HF_ENDPOINT, HF_HUB_OFFLINE
and the other variables of the Hugging Face tools hold here too.

Examples:
  kandinsky3 pull kandinsky-community/kandinsky-3 --variant fp16
  kandinsky3 pull kandinsky-3 --exclude "text_encoder/*"`;

export function addPull(command: Command): void {
  command
    .argument("<model>", "its name on the Hub, or a short name", modelName)
    .addOption(tableOption("variant", "which weight files to fetch, as fp16"))
    .addOption(tableOption("revision", "branch, tag or commit (default: main)"))
    .option("--include <pattern...>", "files to fetch instead of those that the pipeline needs", [])
    .option("--exclude <pattern...>", "files to leave out", [])
    .option("--max-workers <n>", "files at a time (default: 4)", countUpTo("--max-workers", MOST_WORKERS))
    .option("--json", "print one JSON object instead of the folder's name", false)
    .option("--quiet", "print no progress and no notes", false)
    .addHelpText("after", EXAMPLES)
    .action(pull);
}

async function pull(model: string, { json, quiet, maxWorkers, ...selection }: Flags): Promise<void> {
  const progress = new Progress(process.stderr, { quiet, env: process.env });
  using interruption = new Interruption({
    onFirst: () => {
      progress.say("stopping; what has been fetched is kept");
    },
    kill: () => {
      progress.end();
    },
  });
  const transfer = new TransferProgress(progress);
  await using client = openHub(progress, interruption.signal);
  try {
    const address = requireAddress(model, selection.revision);
    const { repository, commit, folder, files } = await pullModel(client, address.repository, {
      ...selection,
      revision: address.revision,
      concurrency: maxWorkers,
      onEvent: transfer.render,
    });
    progress.end();
    progress.say(`${repository}: ${formatSize(transfer.fetchedBytes)} fetched`);
    const report = {
      repository,
      commit,
      folder,
      files: files.length,
      bytes: sizeOf(files),
      fetchedBytes: transfer.fetchedBytes,
    };
    await writeStdout(json ? `${JSON.stringify(report, null, 2)}\n` : `${folder}\n`);
  } finally {
    progress.end();
  }
}
