/** The jobs of a running server, asked over HTTP. */
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { KandinskyError, UsageError } from "../errors.js";
import type { JsonObject } from "../image/metadata/metadata.js";
import type { Course, Painter } from "./painter.js";

const LOOK_MS = 1000;

const jobSchema = z.object({
  id: z.string(),
  status: z.enum(["queued", "running", "completed", "failed", "cancelled"]),
  queue_position: z.int().nullable(),
  phase: z.string().nullable(),
  step: z.int(),
  steps: z.int().nullable(),
  images: z.array(z.object({ id: z.string(), seed: z.string().nullable() })),
  error: z.object({ message: z.string() }).nullable(),
});
const errorSchema = z.object({ error: z.object({ message: z.string() }) });

/** The server cannot be reached, or fails. */
class ServerError extends KandinskyError {
  override readonly code = "server";
}

export class ServerPainter implements Painter {
  readonly keptDays = 30;

  private constructor(
    private readonly address: string,
    private readonly key: string | undefined,
    readonly model: string,
  ) {}

  /** Throws `ServerError` where no server answers. */
  static async connect(address: string, key: string | undefined): Promise<ServerPainter> {
    const probe = new ServerPainter(address, key, "");
    const { model } = z.object({ model: z.string() }).parse(await probe.#json("GET", "/version"));
    return new ServerPainter(address, key, model);
  }

  async ask(fields: JsonObject, key: string): Promise<string> {
    return jobSchema.parse(await this.#json("POST", "/v1/jobs", fields, { "idempotency-key": key })).id;
  }

  async keep(bytes: Uint8Array): Promise<string> {
    const image = `data:application/octet-stream;base64,${Buffer.from(bytes).toString("base64")}`;
    return z.object({ id: z.string() }).parse(await this.#json("POST", "/v1/images", { image })).id;
  }

  async *watch(id: string, signal: AbortSignal): AsyncGenerator<Course | undefined> {
    while (!signal.aborted) {
      const course = await this.#course(id);
      yield course;
      if (course === undefined || (course.status !== "queued" && course.status !== "running")) {
        return;
      }
      await sleep(LOOK_MS, undefined, { signal }).catch(() => undefined); // The end of waiting is no failure.
    }
  }

  async cancel(job: string): Promise<void> {
    await this.#json("POST", `/v1/jobs/${encodeURIComponent(job)}/cancel`, {});
  }

  async remove(job: string): Promise<void> {
    await this.#ask("DELETE", `/v1/jobs/${encodeURIComponent(job)}`);
  }

  async picture(id: string): Promise<Uint8Array | undefined> {
    const response = await this.#ask("GET", `/v1/images/${encodeURIComponent(id)}`);
    return response.ok ? new Uint8Array(await response.arrayBuffer()) : undefined;
  }

  async load(): Promise<{ readonly waiting: number; readonly running: number }> {
    const state = z.object({ queued: z.int(), running: z.int() }).parse(await this.#json("GET", "/ready"));
    return { waiting: state.queued, running: state.running };
  }

  async #course(id: string): Promise<Course | undefined> {
    const response = await this.#ask("GET", `/v1/jobs/${encodeURIComponent(id)}`);
    if (response.status === 404) {
      return undefined;
    }
    const job = jobSchema.parse(await response.json());
    return {
      status: job.status,
      before: job.queue_position ?? 0,
      phase: job.phase ?? undefined,
      step: job.step,
      steps: job.steps ?? 0,
      preview: undefined,
      images: job.images.map(({ id: image, seed }) => ({ id: image, seed: seed ?? "" })),
      error: job.error?.message,
    };
  }

  async #json(method: string, path: string, body?: object, headers: Record<string, string> = {}): Promise<unknown> {
    const response = await this.#ask(method, path, body, headers);
    const answer: unknown = await response.json().catch(() => undefined);
    if (response.ok) {
      return answer;
    }
    const said = errorSchema.safeParse(answer).data?.error.message ?? `it answers ${response.status}`;
    throw response.status < 500 ? new UsageError(said) : new ServerError(`the server ${this.address} fails: ${said}`);
  }

  async #ask(method: string, path: string, body?: object, headers: Record<string, string> = {}): Promise<Response> {
    try {
      return await fetch(new URL(path, this.address), {
        method,
        headers: {
          ...headers,
          ...(body === undefined ? {} : { "content-type": "application/json" }),
          ...(this.key === undefined ? {} : { authorization: `Bearer ${this.key}` }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
    } catch (thrown) {
      throw new ServerError(`no server answers at ${this.address}, expected a running kandinsky3 serve`, {
        cause: thrown,
      });
    }
  }
}
