/** What the table of options says of each of them. */
import type { z } from "zod";
import type { SamplerName } from "../../../scheduler/samplers.js";
import type { Mode } from "../mode.js";

export interface OptionRow {
  /**
   * `loading` belongs to `fromPretrained`, `generation` to each call, and `input` is an array in the library, which a front end
   * reads from a file.
   */
  readonly of: "loading" | "generation" | "input";
  /** How the command line writes it; `null` where it has none, for the reason in `withoutFlag`. */
  readonly flag: `--${string}` | null;
  readonly withoutFlag?: string;
  /** What it does, in a few words. Other options stand in braces, so that each front end can name them in its own way. */
  readonly help: string;
  /** What holds when it is left out, where that is worth saying and `help` does not say it. */
  readonly default?: string;
  readonly unit?: "pixels";
  /** What is in range. Every option may be left out, so the schema does not say it. */
  readonly schema: z.ZodType;
  /** What is expected, in words, where the schema alone does not give them. */
  readonly words?: string;
  /** Follows the words that the schema gives. */
  readonly hint?: string;
  /** The value that a text means, where the schema alone does not tell; `undefined` for none. */
  readonly fromText?: (text: string) => unknown;
  /** For texts with a grammar of their own: throws `UsageError` that begins with `name` and says what is wrong. */
  readonly check?: (text: string, name: string) => unknown;
  /** The kinds of work that it belongs to; all when left out. */
  readonly modes?: readonly Mode[];
  /** The rest of the sentence that refuses it in another kind of work. */
  readonly otherMode?: (value: unknown) => string;
  /** The samplers that take it; all when left out. */
  readonly samplers?: readonly SamplerName[];
  /** The rest of the sentence that refuses it with another sampler. */
  readonly otherSampler?: (value: unknown, sampler: SamplerName) => string;
  /** Whether it changes what `plan` estimates. */
  readonly planned: boolean;
  /** Whether the settings of a run hold it as it was given, without a default. */
  readonly asGiven?: boolean;
  /** Its key in what is written down with a picture; `null` where nothing is. */
  readonly record: string | null;
}

/** Keeps what is particular of a row, its schema above all, in its type. */
export function option<const Row extends OptionRow>(row: Row): Row {
  return row;
}
