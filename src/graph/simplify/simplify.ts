/** A program as the engine gets it: the same results with less work, which the models, written in the reference's form, do not show. */
import { broadcastRows } from "./enlarged-maps.js";
import type { Program } from "../program.js";
import { splitDoublings } from "./subpixel.js";

/** The program itself where there is nothing to save. */
export function simplify(program: Program): Program {
  return broadcastRows(splitDoublings(program));
}
