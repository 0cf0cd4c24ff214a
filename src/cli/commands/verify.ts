/** `kandinsky3 verify`: reads a cached model again and compares every file with its hash. */
import type { Command } from "commander";
import { HubError } from "../../errors.js";
import { formatSize } from "../../text/byte-size.js";
import { type FileVerdict, verifyModel } from "../../hub/verify-model.js";
import { requireAddress } from "../../loading/resolve-model.js";
import { openHub } from "../hub-session.js";
import { Interruption } from "../interruption.js";
import { modelName } from "../options/option-values.js";
import { tableOption } from "../options/table-options.js";
import { Progress } from "../output/progress.js";
import { writeStdout } from "../output/stdout.js";
import { TransferProgress } from "../output/transfer-progress.js";

interface Flags {
  readonly revision?: string;
  readonly repair: boolean;
  readonly json: boolean;
  readonly quiet: boolean;
}

export function addVerify(command: Command): void {
  command
    .argument("<model>", "its name on the Hub, or a short name", modelName)
    .addOption(tableOption("revision", "branch, tag or commit (default: main)"))
    .option("--repair", "fetch what is wrong or missing", false)
    .option("--json", "print one JSON object", false)
    .option("--quiet", "print no progress and no notes", false)
    .addHelpText("after", "\nExamples:\n  kandinsky3 verify kandinsky-3\n  kandinsky3 verify kandinsky-3 --repair")
    .action(verify);
}

async function verify(model: string, { revision: given, repair, json, quiet }: Flags): Promise<void> {
  const { repository, revision } = requireAddress(model, given);
  const progress = new Progress(process.stderr, { quiet, env: process.env });
  using interruption = new Interruption({
    onFirst: () => {
      progress.say("stopping");
    },
    kill: () => {
      progress.end();
    },
  });
  await using client = openHub(progress, interruption.signal);
  let read = 0;
  try {
    const result = await verifyModel(client, repository, {
      revision,
      repair,
      onBytes: (bytes) => {
        read += bytes;
        progress.status(`reading ${formatSize(read)}`);
      },
      onEvent: new TransferProgress(progress).render,
    });
    progress.end();
    await writeStdout(json ? `${JSON.stringify(result, null, 2)}\n` : formatVerdicts(result.verdicts, result.repaired));
    const bad = result.verdicts.filter(({ state }) => state !== "right").length - result.repaired.length;
    if (bad > 0) {
      throw new HubError(
        `${repository}: ${bad} of ${result.verdicts.length} files are wrong or missing; this fetches them: kandinsky3 verify ${model} --repair`,
      );
    }
  } finally {
    progress.end();
  }
}

function formatVerdicts(verdicts: readonly FileVerdict[], repaired: readonly string[]): string {
  return verdicts
    .map(({ path, size, state }) => {
      const outcome = repaired.includes(path) ? `${state}, fetched again` : state;
      return `${path}  ${formatSize(size)}  ${outcome}\n`;
    })
    .join("");
}
