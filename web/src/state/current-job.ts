/** The job whose picture is on the screen, for each page that makes pictures; a reload comes back to it. */
import { membersOf, type Stored, stored } from "./stored";

export interface Shown {
  readonly job: string;
  /** Which of its pictures. */
  readonly index: number;
}

function shown(name: string): Stored<Shown | undefined> {
  return stored<Shown | undefined>(name, (kept) => {
    const { job, index } = membersOf(kept);
    return typeof job === "string" ? { job, index: typeof index === "number" ? index : 0 } : undefined;
  });
}

export const shownOnCreate = shown("created");
export const shownOnEdit = shown("edited");
