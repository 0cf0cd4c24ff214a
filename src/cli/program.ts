/** The command line: its verbs and what holds for all of them. */
import { Command } from "commander";
import { addBench } from "./commands/bench.js";
import { addConvert } from "./commands/convert.js";
import { addDoctor } from "./commands/doctor.js";
import { addGenerate } from "./commands/generate.js";
import { addInspect } from "./commands/inspect.js";
import { addList } from "./commands/list.js";
import { addPlan } from "./commands/plan.js";
import { addPull } from "./commands/pull.js";
import { addRm } from "./commands/rm.js";
import { addShow } from "./commands/show.js";
import { addVerify } from "./commands/verify.js";
import { packageVersion } from "../files/package-info.js";

const EXAMPLES = `
Examples:
  kandinsky3 generate "a red house in the snow"
  kandinsky3 show a-red-house-in-the-snow-42.png
  kandinsky3 pull kandinsky-3 --variant fp16
  kandinsky3 inspect kandinsky-3

Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted.`;

/** Throws `CommanderError` instead of ending the process. */
export function createProgram(): Command {
  const program = new Command("kandinsky3")
    .description("Kandinsky 3 text-to-image from the published checkpoint files, without Python")
    .version(packageVersion())
    .exitOverride()
    .configureOutput({
      outputError: (text, write) => {
        write(text.replace(/^error: /, "kandinsky3: "));
      },
    })
    .addHelpText("after", EXAMPLES);
  // Verbs inherit the settings above at the time when they are added.
  addGenerate(program);
  addShow(program);
  addInspect(program);
  addConvert(program);
  addPlan(program);
  addPull(program);
  addList(program);
  addRm(program);
  addVerify(program);
  addBench(program);
  addDoctor(program);
  return program;
}
