/**
 * The workplaces of one pipe. Each component has an engine of its own: its peak is the component's peak, it is opened beside the
 * others, and when it ends all its memory goes back, which an allocator that is asked to release does not promise.
 */
import type { TensorSource } from "../../checkpoint/tensor-location.js";
import type { NetworkDtype } from "../../components/network.js";
import type { Engine, EngineOptions } from "../../runtime/engine.js";
import { Workplace } from "./workplace.js";

/** In the order in which they stay when not all of them can: what takes longest to open, and is needed by every image, last to go. */
const ROLES = ["image_encoder", "text_encoder", "image_decoder", "unet"] as const;
export type Role = (typeof ROLES)[number];

/** The weights that a component works with; a pipe can have several U-Nets, in several types. */
export interface Component {
  readonly source: TensorSource;
  readonly dtype: NetworkDtype;
}

interface Occupied extends Component {
  readonly role: Role;
  readonly place: Workplace;
  /** Whether a phase is using it. */
  busy: boolean;
  /** What it was expected to take, until that can be measured. */
  expectedBytes: number;
}

export interface WorkplaceOptions extends EngineOptions {
  /** Seconds that components stay open after a generation; `undefined` is until they are closed, 0 not at all. */
  readonly keepAlive: number | undefined;
  /** Bytes that all engines together may hold. */
  readonly budget: number;
  readonly start: (options: EngineOptions) => Engine;
  /** Told which component was closed so that another one fits. */
  readonly onRelease?: ((role: Role) => void) | undefined;
}

export class Workplaces {
  #occupied: Occupied[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(private readonly options: WorkplaceOptions) {}

  get keeps(): boolean {
    return this.options.keepAlive !== 0;
  }

  /** Where a component works: the place that it had, or a new one, for which others make room. `bytes` is what it will take. */
  async enter(role: Role, component: Component, bytes: number): Promise<Workplace> {
    clearTimeout(this.#timer);
    const found = this.#find(role, component);
    await this.#makeRoom(found === undefined ? bytes : 0, [found?.place]);
    const occupied = found ?? this.#start(role, component, bytes);
    occupied.busy = true;
    return occupied.place;
  }

  /** Starts a component ahead of its phase when it fits beside what is there; `undefined` when it does not. */
  anticipate(role: Role, component: Component, bytes: number): Workplace | undefined {
    const found = this.#find(role, component);
    if (found !== undefined) {
      return found.place;
    }
    return this.#heldBytes() + bytes <= this.options.budget ? this.#start(role, component, bytes).place : undefined;
  }

  /** After a phase: the place stays if it may and fits, or ends. */
  async leave(place: Workplace): Promise<void> {
    const occupied = this.#occupied.find((one) => one.place === place);
    if (occupied === undefined) {
      return;
    }
    occupied.busy = false;
    occupied.expectedBytes = 0;
    if (!this.keeps || place.engine.ended) {
      await this.#end(occupied);
    } else {
      await this.#makeRoom(0, []);
    }
  }

  /** After a generation: what was started ahead and never used ends, and the time counts until everything is closed. */
  async rest(): Promise<void> {
    const { keepAlive } = this.options;
    clearTimeout(this.#timer);
    if (!this.keeps) {
      await this.close();
    } else if (keepAlive !== undefined && keepAlive > 0) {
      this.#timer = setTimeout(() => void this.close(), keepAlive * 1000);
      this.#timer.unref();
    }
  }

  /** Ends all at once. */
  kill(): void {
    this.#occupied.forEach(({ place }) => {
      place.engine.kill();
    });
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer);
    await Promise.all(this.#occupied.map((occupied) => this.#end(occupied)));
  }

  #find(role: Role, { source, dtype }: Component): Occupied | undefined {
    return this.#occupied.find(
      (one) => one.role === role && one.source === source && one.dtype === dtype && !one.place.engine.ended,
    );
  }

  #start(role: Role, { source, dtype }: Component, expectedBytes: number): Occupied {
    const place = new Workplace(this.options.start(this.options), this.keeps);
    const occupied = { role, source, dtype, place, busy: false, expectedBytes };
    this.#occupied.push(occupied);
    return occupied;
  }

  /** Ends idle places, the dispensable ones first, until `bytes` more fit. Dead ones go at any rate. */
  async #makeRoom(bytes: number, except: readonly (Workplace | undefined)[]): Promise<void> {
    for (const dead of this.#occupied.filter(({ place }) => place.engine.ended)) {
      await this.#end(dead);
    }
    const idle = this.#occupied.filter(({ busy, place }) => !busy && !except.includes(place));
    idle.sort((a, b) => ROLES.indexOf(a.role) - ROLES.indexOf(b.role));
    for (const occupied of idle) {
      if (this.#heldBytes() + bytes <= this.options.budget) {
        return;
      }
      await this.#end(occupied);
      this.options.onRelease?.(occupied.role);
    }
  }

  /** The most that the engines have had so far, which they may have again, or what they will have. */
  #heldBytes(): number {
    return this.#occupied.reduce(
      (sum, { place, expectedBytes }) => sum + Math.max(expectedBytes, place.engine.peakBytes),
      0,
    );
  }

  async #end(occupied: Occupied): Promise<void> {
    this.#occupied = this.#occupied.filter((one) => one !== occupied);
    await occupied.place.engine.close();
  }
}
