#!/usr/bin/env node
/**
 * Entry of the `kandinsky3` command. It and what it imports statically are read by versions of Node that can read nothing else of
 * the program, so they are written in what Node 12 knows.
 */
import { nodeProblem } from "../supported-node.js";

const problem = nodeProblem(process.versions.node);
if (problem === undefined) {
  void import("./run.js");
} else {
  process.stderr.write("kandinsky3: " + problem + "\n");
  process.exitCode = 1;
}
