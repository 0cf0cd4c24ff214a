/** Progress on stderr: one line that is redrawn, on a terminal only. Results never pass through here. */
import type { GenerationEvent, Phase } from "../pipeline/events.js";

const BAR_WIDTH = 24;

const PHASE_NAMES: Readonly<Record<Phase, string>> = {
  text_encoder: "reading the prompt",
  image_encoder: "reading the picture",
  unet: "preparing the U-Net",
  image_decoder: "painting",
};

export interface ProgressOptions {
  readonly quiet: boolean;
  readonly stream: NodeJS.WriteStream;
  readonly environment: NodeJS.ProcessEnv;
}

export class Progress {
  readonly #stream: NodeJS.WriteStream;
  readonly #quiet: boolean;
  readonly #live: boolean;
  readonly #colored: boolean;
  #drawn = false;
  #seconds: number[] = [];

  constructor({ quiet, stream, environment }: ProgressOptions) {
    this.#stream = stream;
    this.#quiet = quiet;
    this.#live = !quiet && stream.isTTY;
    // https://no-color.org: present and not empty.
    this.#colored = (environment["NO_COLOR"] ?? "") === "";
  }

  show(event: GenerationEvent): void {
    switch (event.type) {
      case "notice":
        this.note(event.message);
        break;
      case "phase":
        this.#draw(PHASE_NAMES[event.phase]);
        break;
      case "step":
        this.#seconds.push(event.seconds);
        this.#draw(this.#stepLine(event.step, event.steps));
        break;
      case "done":
        this.clear();
        break;
      case "settings":
      case "phase-end":
      case "encoded-image":
        break;
    }
  }

  /** A line that stays, unless nothing is to be said. */
  note(message: string): void {
    if (!this.#quiet) {
      this.clear();
      this.#stream.write(`note: ${message}\n`);
    }
  }

  /** Takes the bar away, so that other output starts on an empty line. */
  clear(): void {
    if (this.#drawn) {
      this.#stream.write("\r\u001b[2K");
      this.#drawn = false;
    }
  }

  #stepLine(step: number, steps: number): string {
    const perStep = this.#seconds.reduce((sum, seconds) => sum + seconds, 0) / this.#seconds.length;
    const full = Math.round((step / steps) * BAR_WIDTH);
    const bar = "█".repeat(full) + "░".repeat(BAR_WIDTH - full);
    return `${this.#paint(bar)} step ${step}/${steps}, ${perStep.toFixed(2)} s a step, ${formatDuration((steps - step) * perStep)} left`;
  }

  #paint(text: string): string {
    return this.#colored ? `\u001b[36m${text}\u001b[39m` : text;
  }

  #draw(text: string): void {
    if (this.#live) {
      this.#stream.write(`\r\u001b[2K${text}`);
      this.#drawn = true;
    }
  }
}

/** `4 s`, `3 min 05 s`, `2 h 03 min`. */
export function formatDuration(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) {
    return `${whole} s`;
  }
  const minutes = Math.floor(whole / 60);
  return minutes < 60
    ? `${minutes} min ${String(whole % 60).padStart(2, "0")} s`
    : `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min`;
}
