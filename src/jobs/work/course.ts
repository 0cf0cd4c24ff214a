/** What the events of a generation become on their way to whoever waits for the job. */
import type { GenerationEvent, Phase } from "../../pipeline/events.js";
import { type PreviewFactors, previewImages } from "../../pipeline/previews/preview-factors.js";
import type { Tensor } from "../../tensor/tensor.js";
import { renameOptions } from "../../text/rename-options.js";
import type { Preview, Report } from "../crew/crew.js";
import { fieldOf } from "../fields/job-fields.js";
import { plannedJson } from "../fields/settings-json.js";
import { Pace } from "./pace.js";

/** Between two previews of a job that does not say how many it wants. */
const PREVIEW_MS = 500;

export type Tell = (report: Report) => Promise<void>;

export interface CourseOptions {
  readonly model: string;
  /** How many previews are sent; two a second at most when left out. */
  readonly previews: number | undefined;
  /** `undefined` shows none. */
  readonly factors: PreviewFactors | undefined;
  /** How long decoding took the last time. */
  readonly decodeSeconds: number;
}

export class Course {
  readonly #pace: Pace;
  #steps = 0;
  #step = 0;
  #lastPreview = -Infinity;

  constructor(
    private readonly options: CourseOptions,
    private readonly tell: Tell,
  ) {
    this.#pace = new Pace(options.decodeSeconds);
  }

  async render(event: GenerationEvent): Promise<void> {
    switch (event.type) {
      case "settings":
        this.#steps = event.settings.numInferenceSteps;
        await this.tell({ type: "settings", settings: plannedJson(event.settings, this.options.model) });
        return;
      case "notice":
        await this.tell({ type: "note", message: renameOptions(event.message, event.options ?? [], fieldOf) });
        return;
      case "phase":
        await this.#progress(event.phase);
        return;
      case "step":
        [this.#step, this.#steps] = [event.step, event.steps];
        this.#pace.step(event.seconds);
        await this.#progress("unet");
        if (this.#isDue(event.step, event.steps)) {
          await this.tell({ type: "preview", step: event.step, images: await this.#previews(event.predicted) });
        }
        return;
      case "phase-end":
      case "encoded-image":
      case "done":
        return;
    }
  }

  async #progress(phase: Phase): Promise<void> {
    const { secondsPerStep } = this.#pace;
    const secondsLeft = this.#pace.secondsLeft(this.#steps - this.#step);
    const progress = { phase, step: this.#step, steps: this.#steps, secondsPerStep, secondsLeft };
    await this.tell({ type: "progress", progress });
  }

  /** Spread over the steps as often as the job asks for, or else as often as eyes can use. */
  #isDue(step: number, steps: number): boolean {
    const { factors, previews } = this.options;
    if (factors === undefined) {
      return false;
    }
    if (previews !== undefined) {
      return Math.floor((step * previews) / steps) > Math.floor(((step - 1) * previews) / steps);
    }
    const now = performance.now();
    const due = now - this.#lastPreview >= PREVIEW_MS;
    this.#lastPreview = due ? now : this.#lastPreview;
    return due;
  }

  #previews(latents: Tensor): Promise<Preview[]> {
    return Promise.all(
      previewImages(latents, this.options.factors ?? []).map(async (image) => ({
        bytes: await image.encode("png"),
        mime: "image/png",
        width: image.width,
        height: image.height,
      })),
    );
  }
}
