/** Progress for people: one line on a terminal that follows the events of a generation, and notices as lines of their own. */
import { inFlags } from "../options/flag-names.js";
import type { GenerationEvent, Phase } from "../../pipeline/events.js";

const NAMES: Readonly<Record<Phase, string>> = {
  text_encoder: "reading the prompt",
  image_encoder: "reading the image",
  unet: "denoising",
  image_decoder: "decoding",
};
const BAR_CELLS = 24;
const CLEAR_LINE = "\r\u001b[2K";

/** The part of a standard stream that progress needs. */
export interface ProgressStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

export interface ProgressOptions {
  readonly quiet: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
}

export class Progress {
  readonly #live: boolean;
  readonly #colour: boolean;
  #line = "";
  #seconds = 0;

  constructor(
    private readonly stream: ProgressStream,
    private readonly options: ProgressOptions,
  ) {
    const { NO_COLOR, TERM } = options.env;
    this.#live = stream.isTTY === true && TERM !== "dumb" && !options.quiet;
    this.#colour = this.#live && (NO_COLOR ?? "") === "";
  }

  render(event: GenerationEvent): void {
    switch (event.type) {
      case "notice":
        this.say(`note: ${inFlags(event.message, event.options ?? [])}`);
        break;
      case "phase":
        this.#seconds = 0;
        this.#show(`${NAMES[event.phase]} …`);
        break;
      case "step":
        this.#seconds += event.seconds;
        this.#show(this.#stepLine(event.step, event.steps));
        break;
      case "phase-end":
        this.#show("");
        if (this.#live) {
          this.stream.write(`${NAMES[event.phase]}: ${formatSeconds(event.seconds)}\n`);
        }
        break;
      case "settings":
      case "encoded-image":
      case "done":
        break;
    }
  }

  /** A line that stays, above the progress line. */
  say(text: string): void {
    if (this.options.quiet) {
      return;
    }
    const line = this.#line;
    this.#show("");
    this.stream.write(`${text}\n`);
    this.#show(line);
  }

  /** Shows `line` as the progress line; for what is no generation. */
  status(line: string): void {
    this.#show(line);
  }

  /** `████░░░░` for a fraction from 0 to 1. */
  bar(fraction: number): string {
    const filled = Math.round(Math.min(Math.max(fraction, 0), 1) * BAR_CELLS);
    const [done, open] = ["█".repeat(filled), "░".repeat(BAR_CELLS - filled)];
    return this.#colour ? `\u001b[36m${done}\u001b[2m${open}\u001b[0m` : done + open;
  }

  /** Takes the progress line away. */
  end(): void {
    this.#show("");
  }

  #stepLine(step: number, steps: number): string {
    const each = this.#seconds / step;
    const left = formatSeconds(each * (steps - step));
    return `${NAMES.unet} ${this.bar(step / steps)} ${step}/${steps}  ${formatSeconds(each)}/step  ${left} left`;
  }

  #show(line: string): void {
    if (!this.#live || (line === "" && this.#line === "")) {
      return;
    }
    this.#line = line;
    // A line that wraps could not be taken back; half a colour code would leak, so a narrow terminal gets plain text.
    const columns = this.stream.columns ?? 80;
    const plain = line.replace(/\u001b\[\d+m/g, ""); // eslint-disable-line no-control-regex -- our own colour codes
    this.stream.write(CLEAR_LINE + (plain.length < columns ? line : plain.slice(0, Math.max(0, columns - 1))));
  }
}

/** `0.42 s`, `12 s`, `3 min 05 s`, `2 h 10 min`. */
export function formatSeconds(seconds: number): string {
  if (Number.isNaN(seconds)) {
    return "unknown";
  }
  if (seconds < 9.95) {
    return `${seconds.toFixed(seconds < 1 ? 2 : 1)} s`;
  }
  const whole = Math.round(seconds);
  if (whole < 60) {
    return `${whole} s`;
  }
  const minutes = Math.floor(whole / 60);
  return minutes < 60
    ? `${minutes} min ${String(whole % 60).padStart(2, "0")} s`
    : `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min`;
}
