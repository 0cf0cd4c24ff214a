/**
 * Rules that translate checkpoint keys between two naming schemes, in both directions: forth to find tensors, back to name what is
 * missing as its file would. In a rule `#` stands for an index and a final `*` for the rest of the key.
 */

/** How an index changes on its way to the other scheme, and back. */
export interface Reindexing {
  readonly forth: (index: number) => number;
  readonly back: (index: number) => number;
}

export const SAME: Reindexing = { forth: (index) => index, back: (index) => index };
export const NEXT: Reindexing = { forth: (index) => index + 1, back: (index) => index - 1 };

/** Counted from the other end of so many. */
export function mirrored(count: number): Reindexing {
  const mirror = (index: number): number => count - 1 - index;
  return { forth: mirror, back: mirror };
}

/** Names in the two schemes: of whole segments, one or several with dots between. */
export type Renaming = readonly [from: string, to: string];

export interface KeyRule {
  readonly from: string;
  readonly to: string;
  /** One for each `#`; the same index where left out. */
  readonly indices?: readonly Reindexing[];
  /** Applied to the rest of the key; the first that fits anywhere in it counts. */
  readonly renamings?: readonly Renaming[];
}

type Direction = keyof Reindexing;

export class KeyRules {
  constructor(private readonly rules: readonly KeyRule[]) {}

  /** The key in the other scheme; undefined when no rule knows it. */
  forth(key: string): string | undefined {
    return this.#translate(key, "forth");
  }

  /** The inverse of `forth`. */
  back(key: string): string | undefined {
    return this.#translate(key, "back");
  }

  #translate(key: string, direction: Direction): string | undefined {
    for (const rule of this.rules) {
      const [from, to] = direction === "forth" ? [rule.from, rule.to] : [rule.to, rule.from];
      const match = patternOf(from).exec(key);
      if (match !== null) {
        const captured = match.slice(1);
        const rest = rule.from.endsWith("*") ? rename(captured.pop() ?? "", rule.renamings ?? [], direction) : "";
        let next = 0;
        const place = (): string => {
          const at = next++;
          return String((rule.indices?.[at] ?? SAME)[direction](Number(captured[at])));
        };
        return to.replaceAll("#", place).replace(/\*$/, () => rest);
      }
    }
    return undefined;
  }
}

function patternOf(template: string): RegExp {
  const escaped = template.replaceAll(".", "\\.").replaceAll("#", "(\\d+)").replace(/\*$/, "(.+)");
  return new RegExp(`^${escaped}$`);
}

function rename(rest: string, renamings: readonly Renaming[], direction: Direction): string {
  for (const renaming of renamings) {
    const [from, to] = direction === "forth" ? renaming : [renaming[1], renaming[0]];
    const renamed = `.${rest}.`.replace(`.${from}.`, `.${to}.`).slice(1, -1);
    if (renamed !== rest) {
      return renamed;
    }
  }
  return rest;
}
