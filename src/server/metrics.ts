/** What a monitor reads: how many jobs there are, how long they and requests take. No prompts, no names of callers. */
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";
import { type Job, JOB_STATUSES, JOB_TYPES } from "../jobs/job.js";
import type { Jobs } from "../jobs/jobs.js";

const REQUEST_SECONDS = [0.005, 0.02, 0.05, 0.1, 0.5, 1, 5, 30, 120, 600];
const JOB_SECONDS = [0.5, 1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600];

export class Metrics {
  readonly #registry = new Registry();
  readonly #requests = new Histogram({
    name: "kandinsky3_http_request_duration_seconds",
    help: "time to answer, by route",
    labelNames: ["method", "route", "status"],
    buckets: REQUEST_SECONDS,
    registers: [this.#registry],
  });
  readonly #jobs = new Histogram({
    name: "kandinsky3_job_duration_seconds",
    help: "time from a job's beginning to its end",
    labelNames: ["status", "mode"],
    buckets: JOB_SECONDS,
    registers: [this.#registry],
  });
  readonly #waits = new Histogram({
    name: "kandinsky3_job_wait_seconds",
    help: "time from the request to the job's beginning",
    buckets: JOB_SECONDS,
    registers: [this.#registry],
  });
  readonly #images = new Counter({
    name: "kandinsky3_images_total",
    help: "images made",
    registers: [this.#registry],
  });
  readonly #crashes = new Counter({
    name: "kandinsky3_job_crashes_total",
    help: "times that a job's work died",
    registers: [this.#registry],
  });

  constructor() {
    collectDefaultMetrics({ register: this.#registry });
  }

  /** Reads the state of the jobs whenever somebody asks. */
  watch(jobs: Jobs): void {
    new Gauge({
      name: "kandinsky3_jobs",
      help: "jobs that are kept, by type and status",
      labelNames: ["type", "status"],
      registers: [this.#registry],
      collect() {
        for (const type of JOB_TYPES) {
          for (const status of JOB_STATUSES) {
            this.set({ type, status }, jobs.store.jobs.count(type, status));
          }
        }
      },
    });
    new Gauge({
      name: "kandinsky3_workers",
      help: "workers, by whether they have a job",
      labelNames: ["busy"],
      registers: [this.#registry],
      collect() {
        const busy = jobs.workers().filter(({ job }) => job !== undefined).length;
        this.set({ busy: "true" }, busy);
        this.set({ busy: "false" }, jobs.workers().length - busy);
      },
    });
  }

  request(method: string, route: string, status: number, seconds: number): void {
    this.#requests.observe({ method, route, status }, seconds);
  }

  ended({ status, created, started, completed, images, crashes, settings }: Job): void {
    this.#images.inc(images.length);
    this.#crashes.inc(crashes);
    if (started !== undefined && completed !== undefined) {
      const mode = settings?.["mode"];
      this.#jobs.observe({ status, mode: typeof mode === "string" ? mode : "unknown" }, (completed - started) / 1000);
      this.#waits.observe((started - created) / 1000);
    }
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  text(): Promise<string> {
    return this.#registry.metrics();
  }
}
