/** How fast a generation goes, and how long it still takes. */

/** Steps that the pace is taken from: the first ones may have waited for weights. */
const RECENT_STEPS = 8;

export class Pace {
  readonly #seconds: number[] = [];

  /** @param afterwards seconds that decoding took the last time; 0 when that is not known */
  constructor(private readonly afterwards: number) {}

  step(seconds: number): void {
    this.#seconds.push(seconds);
  }

  /** The middle one of the last steps; `undefined` before the first. */
  get secondsPerStep(): number | undefined {
    const recent = this.#seconds.slice(-RECENT_STEPS).sort((a, b) => a - b);
    return recent[Math.floor(recent.length / 2)];
  }

  /** Until the end, with so many steps to go. */
  secondsLeft(steps: number): number | undefined {
    const each = this.secondsPerStep;
    return each === undefined ? undefined : each * steps + this.afterwards;
  }
}
