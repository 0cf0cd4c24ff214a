/**
 * Where one component works: its engine, and what is open there. What is opened under a key is opened once; of each group the things
 * that were used last stay, so that sizes and texts of the past do not pile up.
 */
import type { Engine } from "../../runtime/engine.js";

/** Something that an engine holds until it is told otherwise. */
export interface Releasable {
  release(): Promise<void>;
}

/** Things of one kind, of which only so many stay open. */
export interface Group {
  readonly name: string;
  readonly most: number;
}

export class Workplace {
  /** Keys from the one unused for longest to the one used last. */
  readonly #groups = new Map<string, Map<string, Promise<Releasable>>>();
  #waitedMs = 0;

  /** @param keeps whether the engine outlives the generation, so that what would run once is better kept open */
  constructor(
    readonly engine: Engine,
    readonly keeps: boolean,
  ) {}

  /** How long open things were waited for since the last call, in seconds. */
  takeWaitedSeconds(): number {
    const seconds = this.#waitedMs / 1000;
    this.#waitedMs = 0;
    return seconds;
  }

  /** What is open under `key`, or what `make` opens. A failed attempt is forgotten. */
  async opened<Thing extends Releasable>(group: Group, key: string, make: () => Promise<Thing>): Promise<Thing> {
    const start = performance.now();
    try {
      return await this.#find(group, key, make);
    } finally {
      this.#waitedMs += performance.now() - start;
    }
  }

  has({ name }: Group, key: string): boolean {
    return this.#groups.get(name)?.has(key) === true;
  }

  /** Opens ahead of time what will be asked for; a failure shows when it is. */
  prepare(group: Group, key: string, make: () => Promise<Releasable>): void {
    this.#find(group, key, make).catch(() => undefined);
  }

  #find<Thing extends Releasable>({ name, most }: Group, key: string, make: () => Promise<Thing>): Promise<Thing> {
    const things = this.#groups.get(name) ?? new Map<string, Promise<Releasable>>();
    this.#groups.set(name, things);
    // A key is always opened by the same caller, which knows what it opens.
    const thing = (things.get(key) as Promise<Thing> | undefined) ?? this.#make(things, most, key, make);
    things.delete(key);
    things.set(key, thing);
    return thing;
  }

  /** Room is made first: what is open twice may not fit. */
  #make<Thing extends Releasable>(
    things: Map<string, Promise<Releasable>>,
    most: number,
    key: string,
    make: () => Promise<Thing>,
  ): Promise<Thing> {
    const oldest = [...things].slice(0, Math.max(0, things.size - most + 1));
    const thing = (async () => {
      for (const [old, opened] of oldest) {
        things.delete(old);
        await (await opened).release();
      }
      return make();
    })();
    thing.catch(() => {
      if (things.get(key) === thing) {
        things.delete(key);
      }
    });
    return thing;
  }
}
