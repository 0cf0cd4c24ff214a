/** Programs that run once an image: kept open where the place keeps things, opened and released piece by piece where it does not. */
import type { Program } from "../../graph/program.js";
import type { Feeds, Outputs } from "../../runtime/engine.js";
import { runOnce, StagedSession } from "../execution/staged-session.js";
import type { Group, Workplace } from "./workplace.js";

export interface KeptProgram {
  readonly group: Group;
  /** Names the program among others of its group, but not its sizes that are free. */
  readonly key: string;
  /** The program, and the same at other sizes where some are free. */
  readonly build: () => { readonly program: Program; readonly twin?: Program | undefined };
  /** Bytes of weights at a time, as planned for a bound on memory; nothing is kept then. */
  readonly maxStageBytes?: number | undefined;
  /** Whether its results stay with the engine. */
  readonly holds?: boolean;
}

/** Runs the program once for each of `feedsOfRuns`. */
export async function runProgram(
  place: Workplace,
  { group, key, build, maxStageBytes, holds = false }: KeptProgram,
  feedsOfRuns: readonly Feeds[],
): Promise<Outputs[]> {
  if (!place.keeps || maxStageBytes !== undefined) {
    const { program } = build();
    const hold = holds ? [...program.outputs.keys()] : [];
    return runOnce(place.engine, program, feedsOfRuns, { maxStageBytes, hold });
  }
  const session = await place.opened(group, key, () => {
    const { program, twin } = build();
    return StagedSession.open(place.engine, program, { twin });
  });
  return session.runAll(feedsOfRuns, { hold: holds ? session.outputNames : [] });
}
