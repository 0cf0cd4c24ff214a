/** What the option `strength` is turned into: the number of the schedule's last steps that are really done. */
import { UsageError } from "../../errors.js";

/** The number of steps that are done when a picture is kept in part, in double precision as in the reference. */
export function stepsOfStrength(steps: number, strength: number): number {
  const kept = Math.min(Math.trunc(steps * strength), steps);
  if (kept < 1) {
    throw UsageError.of(
      "strength",
      `got ${strength}, which leaves none of ${steps} steps, expected at least ${1 / steps}`,
    );
  }
  return kept;
}
