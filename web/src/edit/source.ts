/** The picture that is edited: one that the server keeps. */
import type { JobImage } from "../api/types";
import { membersOf, stored } from "../state/stored";
import { shownOnEdit } from "../state/current-job";

export type Source = Pick<JobImage, "id" | "width" | "height">;

export const source = stored<Source | undefined>("source", (kept) => {
  const { id, width, height } = membersOf(kept);
  return typeof id === "string" && typeof width === "number" && typeof height === "number"
    ? { id, width, height }
    : undefined;
});

/** Begins with a picture; what was made of the one before is off the screen. */
export function editPicture({ id, width, height }: Source): void {
  source.set({ id, width, height });
  shownOnEdit.set(undefined);
}
