/** What is in the models that are here, remembered: reading headers takes a while, and they seldom change. */
import { reasonOf } from "../../errors.js";
import type { Description } from "./describe.js";
import type { ModelDesk } from "./model-desk.js";
import type { ServedModel, ServedModels } from "./served-models.js";

/** Folders of the operator may change without a sign. */
const KEPT_MS = 10 * 60_000;

/** A description, or in a sentence why there is none. */
export type Described = Description | { readonly problem: string };

interface Known {
  readonly until: number;
  readonly described: Promise<Described>;
}

export class Descriptions {
  readonly #known = new Map<string, Known>();

  constructor(
    private readonly models: ServedModels,
    private readonly desk: ModelDesk,
  ) {}

  of({ id, bytes }: ServedModel): Promise<Described> {
    const key = JSON.stringify([id, bytes]);
    const known = this.#known.get(key);
    const now = Date.now();
    if (known !== undefined && known.until > now) {
      return known.described;
    }
    const place = this.models.locate(id);
    const described = this.desk.ask("describe", { place }).catch((thrown: unknown) => ({
      problem: reasonOf(thrown).replaceAll(place, id),
    }));
    this.#known.set(key, { until: now + KEPT_MS, described });
    return described;
  }
}
