/** Imported by the library before everything else, so that a Node that is too old is told so, and not what it lacks. */
import { nodeProblem } from "./supported-node.js";

const problem = nodeProblem(process.versions.node);
if (problem !== undefined) {
  throw new Error("kandinsky3: " + problem);
}
