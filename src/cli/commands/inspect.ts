/** `kandinsky3 inspect`: what a model folder holds, from its configurations and file headers; no weight is read. */
import type { Command } from "commander";
import { COMPONENT_NAMES } from "../../components/components.js";
import { openModelFolder } from "../../loading/model-folder.js";
import { printProgram } from "../../graph/print.js";
import { resolveModel } from "../../loading/resolve-model.js";
import { describeModel, formatDescription } from "../../inspect/model-description.js";
import { graphOf, GRAPH_PARTS, type GraphPart, GRAPH_PICTURE_SIDE, GRAPH_TOKENS } from "../../inspect/model-graph.js";
import { modelName, oneOf } from "../options/option-values.js";
import { tableOption } from "../options/table-options.js";
import { writeStdout } from "../output/stdout.js";

interface Flags {
  readonly variant?: string;
  readonly revision?: string;
  readonly json: boolean;
  readonly graph?: GraphPart;
}

const EXAMPLES = `
Examples:
  kandinsky3 inspect ~/models/kandinsky-3
  kandinsky3 inspect models/nano --graph unet | less`;

export function addInspect(command: Command): void {
  const graphHelp = `print the network of a part (${GRAPH_PARTS.join(", ")}) for a picture of ${GRAPH_PICTURE_SIDE} x ${GRAPH_PICTURE_SIDE} and ${GRAPH_TOKENS} tokens`;
  command
    .argument("<model>", "folder of the model, or its name on the Hub", modelName)
    .addOption(tableOption("revision"))
    .addOption(tableOption("variant", "which weight files to look at, as fp16"))
    .option("--json", "print one JSON object", false)
    .option("--graph <part>", graphHelp, oneOf("--graph", GRAPH_PARTS))
    .addHelpText("after", EXAMPLES)
    .action(inspect);
}

async function inspect(model: string, { variant, revision, json, graph }: Flags): Promise<void> {
  const { folder: path } = await resolveModel(model, { variant, revision });
  const folder = await openModelFolder(path, COMPONENT_NAMES);
  const options = variant === undefined ? {} : { variant };
  if (graph !== undefined) {
    const text = printProgram(await graphOf(folder, graph, options));
    await writeStdout(json ? `${JSON.stringify({ part: graph, graph: text }, null, 2)}\n` : `${text}\n`);
    return;
  }
  const description = await describeModel(folder, options);
  await writeStdout(json ? `${JSON.stringify(description, null, 2)}\n` : formatDescription(description));
}
