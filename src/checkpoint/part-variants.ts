/** Which variant each part of a model is read in: repositories often hold one of some parts only. */
import { weightFilesByVariant } from "./weight-files.js";

/** The names in a part's folder, and what its weights are called. */
export interface PartFiles {
  readonly names: readonly string[];
  readonly base: string;
}

/**
 * The parts that have no files of `variant` and are read as they are. Where no part has any, none is left out: then whoever opens the
 * first of them says which there are.
 */
export function partsWithout<Part>(
  variant: string | undefined,
  parts: ReadonlyMap<Part, PartFiles>,
): ReadonlySet<Part> {
  const has = ({ names, base }: PartFiles): boolean =>
    variant !== undefined && variant !== "" && weightFilesByVariant(names, base).has(variant);
  const lacking = [...parts].filter(([, files]) => !has(files)).map(([part]) => part);
  return new Set(variant === undefined || lacking.length === parts.size ? [] : lacking);
}
