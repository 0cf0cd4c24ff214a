/** What the user wants of the next picture. A setting that is `undefined` is the model's own. */
import type { Job, JobFields } from "../api/types";
import { membersOf, stored } from "../state/stored";

export interface Form {
  readonly prompt: string;
  readonly negativePrompt: string;
  readonly steps: number | undefined;
  readonly guidance: number | undefined;
  readonly width: number | undefined;
  readonly height: number | undefined;
  readonly count: number;
  /** Decimal text, since seeds have 64 bits; empty for a random one. */
  readonly seed: string;
  readonly model: string | undefined;
  readonly preset: "exact" | "balanced" | "fast" | undefined;
}

export const EMPTY: Form = {
  prompt: "",
  negativePrompt: "",
  steps: undefined,
  guidance: undefined,
  width: undefined,
  height: undefined,
  count: 1,
  seed: "",
  model: undefined,
  preset: undefined,
};

export const form = stored<Form>("form", (kept) => formOf(membersOf(kept)));

export function changeForm(change: Partial<Form>): void {
  form.set({ ...form.get(), ...change });
}

/** The fields of a job, without those that the model decides. */
export function fieldsOf(asked: Form): JobFields {
  const { prompt, negativePrompt, steps, guidance, width, height, count, seed, model, preset } = asked;
  return {
    prompt,
    n: count,
    ...(negativePrompt.trim() === "" ? {} : { negative_prompt: negativePrompt }),
    ...(steps === undefined ? {} : { steps }),
    ...(guidance === undefined ? {} : { guidance_scale: guidance }),
    ...(width === undefined ? {} : { width }),
    ...(height === undefined ? {} : { height }),
    ...(/^-?\d+$/.test(seed.trim()) ? { seed: seed.trim() } : {}),
    ...(model === undefined ? {} : { model }),
    ...(preset === undefined ? {} : { preset }),
  };
}

/** The settings that a job was made with; of a picture of several, its own seed. */
export function formOfJob({ request, settings }: Pick<Job, "request" | "settings">, seed: string | null): Form {
  const { steps, guidance_scale: guidance, width, height } = { ...request, ...settings };
  const { prompt, negative_prompt: negativePrompt, n: count, model, preset } = request;
  const single = seed !== null;
  return formOf({
    prompt,
    negativePrompt,
    steps,
    guidance,
    width,
    height,
    count: single ? 1 : count,
    seed: seed ?? "",
    model,
    preset,
  });
}

/** Only what has the right type is taken. */
export function formOf(kept: Readonly<Record<string, unknown>>): Form {
  const text = (value: unknown): string => (typeof value === "string" ? value : "");
  const number = (value: unknown): number | undefined => (Number.isFinite(value) ? Number(value) : undefined);
  const { preset } = kept;
  return {
    prompt: text(kept["prompt"]),
    negativePrompt: text(kept["negativePrompt"]),
    steps: number(kept["steps"]),
    guidance: number(kept["guidance"]),
    width: number(kept["width"]),
    height: number(kept["height"]),
    count: number(kept["count"]) ?? EMPTY.count,
    seed: text(kept["seed"]),
    model: text(kept["model"]) === "" ? undefined : text(kept["model"]),
    preset: preset === "exact" || preset === "balanced" || preset === "fast" ? preset : undefined,
  };
}
