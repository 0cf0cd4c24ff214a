/** Does one job after the other with a model that stays open between them. */
import { SessionError, UsageError } from "../../errors.js";
import type { JsonObject } from "../../image/metadata/metadata.js";
import type { RawImage } from "../../image/raw-image.js";
import type { GenerationResult } from "../../pipeline/events.js";
import { Kandinsky3, type LoadOptions } from "../../pipeline/kandinsky3.js";
import type { PreviewFactors } from "../../pipeline/previews/preview-factors.js";
import type { GenerateInputs } from "../../pipeline/request/inputs.js";
import type { Assignment, MadePicture } from "../crew/crew.js";
import { inputsOf, loadOptionsOf, readFields } from "../fields/job-fields.js";
import { recordJson } from "../fields/settings-json.js";
import { ServedModels } from "../models/served-models.js";
import { Course, type Tell } from "./course.js";
import { endingOf } from "./endings.js";
import type { WorkerSettings } from "./worker-settings.js";

interface Opened {
  readonly key: string;
  readonly pipe: Kandinsky3;
  /** How to show its latents, once a job has asked for it. */
  factors: PreviewFactors | undefined;
  /** How long its last decoding took. */
  decodeSeconds: number;
}

export class Worker {
  #opened: Opened | undefined;
  #warmth: string | undefined;

  readonly #models: ServedModels;

  constructor(private readonly settings: WorkerSettings) {
    this.#models = new ServedModels(settings.models);
  }

  /** What is open, as of `Assignment.warmth`. */
  get warmth(): string | undefined {
    return this.#warmth;
  }

  /** Opens the default model before a job asks for it. Throws as `Kandinsky3.fromPretrained`. */
  async preload(): Promise<void> {
    await this.#open({ model: this.#models.defaultId }, () => Promise.resolve());
  }

  /** Ends with one of the reports that end an assignment. `signal` stops it after the step. */
  async run(assignment: Assignment, tell: Tell, signal: AbortSignal): Promise<void> {
    try {
      const opened = await this.#open(assignment.fields, tell);
      this.#warmth = assignment.warmth;
      const result = await generate(opened, assignment, tell, signal);
      const settings = recordJson(result.record);
      await tell({ type: "completed", pictures: await picturesOf(result, assignment.fields), settings });
    } catch (thrown) {
      const { model: id } = readFields(assignment.fields);
      await tell(endingOf(thrown, { id, place: this.#models.locate(id) }));
    }
  }

  async close(): Promise<void> {
    await this.#opened?.pipe.close();
    this.#opened = undefined;
    this.#warmth = undefined;
  }

  /** One model stays open; another one takes its place. */
  async #open(fields: JsonObject, tell: Tell): Promise<Opened> {
    const { model } = readFields(fields);
    const { keepAlive, threads, maxMemory, device, preset } = this.settings;
    const wanted = { ...(preset === undefined ? {} : { preset }), ...loadOptionsOf(fields) };
    const key = JSON.stringify([model, wanted]);
    if (this.#opened?.key !== key) {
      await this.close();
      // Values that the jobs' room does not read are checked where the model is opened.
      const options = { ...wanted, keepAlive, threads, maxMemory, device } as LoadOptions;
      const onNote = (message: string): void => void tell({ type: "note", message });
      const pipe = await Kandinsky3.fromPretrained(this.#models.locate(model), { ...options, onNote });
      this.#opened = { key, pipe, factors: undefined, decodeSeconds: 0 };
    }
    return this.#opened;
  }
}

async function generate(
  opened: Opened,
  assignment: Assignment,
  tell: Tell,
  signal: AbortSignal,
): Promise<GenerationResult> {
  const { fields } = assignment;
  const { previews } = readFields(fields);
  if (previews !== 0) {
    opened.factors ??= await opened.pipe.previewFactors();
  }
  const { pipe, factors, decodeSeconds } = opened;
  const course = new Course({ model: pipe.name, previews, factors, decodeSeconds }, tell);
  for await (const event of pipe.generate({ ...inputsOf(fields), ...picturesIn(assignment), signal })) {
    await course.render(event);
    if (event.type === "phase-end" && event.phase === "image_decoder") {
      opened.decodeSeconds = event.seconds;
    }
    if (event.type === "done") {
      return event.result;
    }
  }
  throw new SessionError("the generation ended without a result");
}

function picturesIn({ fields, pictures }: Assignment): Pick<GenerateInputs, "image" | "mask"> {
  const { image, mask } = readFields(fields);
  const bytesOf = (id: string): Uint8Array => {
    const bytes = pictures.get(id);
    if (bytes === undefined) {
      throw new UsageError(`the picture ${id} did not come with the job`);
    }
    return bytes;
  };
  return {
    ...(image === undefined ? {} : { image: typeof image === "string" ? bytesOf(image) : image.map(bytesOf) }),
    ...(mask === undefined ? {} : { mask: bytesOf(mask) }),
  };
}

async function picturesOf({ images }: GenerationResult, fields: JsonObject): Promise<MadePicture[]> {
  const { output_format: format, output_compression: compression } = readFields(fields);
  // The job's fields leave the output type at images.
  const made = images as readonly RawImage[];
  return Promise.all(
    made.map(async (image) => ({
      bytes: await image.encode(format, format === "png" ? {} : { quality: Math.max(1, compression) }),
      mime: `image/${format}`,
      width: image.width,
      height: image.height,
      seed: seedOf(image),
    })),
  );
}

function seedOf({ settings }: RawImage): string {
  const seed = settings?.["seed"];
  return typeof seed === "string" ? seed : "";
}
