/** Progress of a download for people: how much of how much, how fast, and how long it will still take. */
import { formatSize } from "../../text/byte-size.js";
import type { PullEvent } from "../../hub/download/fetch-files.js";
import { formatSeconds, type Progress } from "./progress.js";

/** The speed shown is that of these last seconds. */
const SPEED_WINDOW_MS = 10_000;
const REDRAW_MS = 100;

export class TransferProgress {
  #total = 0;
  #present = 0;
  #checked = 0;
  #fetched = 0;
  #drawn = -Infinity;
  /** Moments and what had been fetched by then, oldest first. */
  #samples: { readonly time: number; readonly fetched: number }[] = [];

  constructor(
    private readonly progress: Progress,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** Bytes that came over the network. */
  get fetchedBytes(): number {
    return this.#fetched;
  }

  readonly render = (event: PullEvent): void => {
    switch (event.type) {
      case "start":
        this.#total = event.bytes;
        this.#present = event.presentBytes;
        this.#samples = [{ time: this.now(), fetched: 0 }];
        this.progress.say(
          `${event.files} files, ${formatSize(event.bytes)}, of which ${formatSize(event.bytes - event.presentBytes)} are to be fetched`,
        );
        break;
      case "fetched":
        this.#fetched += event.bytes;
        this.#present += event.bytes;
        this.#draw();
        break;
      case "checked":
        this.#checked += event.bytes;
        this.#draw();
        break;
      case "discarded":
        this.#present -= event.bytes;
        this.progress.say(`note: ${event.path} had wrong bytes and is fetched again`);
        break;
      case "notice":
        this.progress.say(`note: ${event.message}`);
        break;
      case "file":
        this.#draw();
        break;
    }
  };

  #draw(): void {
    const time = this.now();
    if (time - this.#drawn < REDRAW_MS) {
      return;
    }
    this.#drawn = time;
    this.#samples.push({ time, fetched: this.#fetched });
    this.#samples = this.#samples.filter((sample) => time - sample.time <= SPEED_WINDOW_MS);
    this.progress.status(this.#line());
  }

  #line(): string {
    const sizes = `${formatSize(this.#present)} of ${formatSize(this.#total)}`;
    const parts = [`${this.progress.bar(this.#present / Math.max(this.#total, 1))} ${sizes}`];
    const [first, last] = [this.#samples[0], this.#samples.at(-1)];
    const bytes = (last?.fetched ?? 0) - (first?.fetched ?? 0);
    const seconds = ((last?.time ?? 0) - (first?.time ?? 0)) / 1000;
    if (bytes > 0 && seconds > 0) {
      const speed = bytes / seconds;
      parts.push(`${formatSize(speed)}/s`, `${formatSeconds((this.#total - this.#present) / speed)} left`);
    } else if (this.#checked > 0) {
      parts.push(`checking what is there: ${formatSize(this.#checked)}`);
    }
    return parts.join("  ");
  }
}
