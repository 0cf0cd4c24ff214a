/** How far a download is and how fast, from its events. */
import type { PullEvent } from "../../hub/download/fetch-files.js";
import type { DownloadProgress } from "../job.js";

/** The speed is that of these last seconds. */
const WINDOW_MS = 10_000;

export class DownloadMeter {
  #files = 0;
  #filesDone = 0;
  #bytes = 0;
  #bytesDone = 0;
  #fetched = 0;
  /** Moments and what had been fetched by then, the oldest first. */
  #samples: { readonly time: number; readonly fetched: number }[] = [];

  /** @param now in milliseconds */
  constructor(private readonly now: () => number = () => performance.now()) {}

  hear(event: PullEvent): void {
    switch (event.type) {
      case "start":
        this.#files = event.files;
        this.#bytes = event.bytes;
        this.#bytesDone = event.presentBytes;
        this.#samples = [{ time: this.now(), fetched: 0 }];
        return;
      case "fetched":
        this.#fetched += event.bytes;
        this.#bytesDone += event.bytes;
        return;
      case "discarded":
        this.#bytesDone -= event.bytes;
        return;
      case "file":
        this.#filesDone++;
        return;
      case "checked":
      case "notice":
        return;
    }
  }

  read(): DownloadProgress {
    const time = this.now();
    this.#samples.push({ time, fetched: this.#fetched });
    this.#samples = this.#samples.filter((sample) => time - sample.time <= WINDOW_MS);
    const [first] = this.#samples;
    const seconds = (time - (first?.time ?? time)) / 1000;
    const bytes = this.#fetched - (first?.fetched ?? 0);
    return {
      files: this.#files,
      filesDone: Math.min(this.#filesDone, this.#files),
      bytes: this.#bytes,
      bytesDone: this.#bytesDone,
      bytesPerSecond: seconds > 0 && bytes > 0 ? bytes / seconds : undefined,
    };
  }
}
