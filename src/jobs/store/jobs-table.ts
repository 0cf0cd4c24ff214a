/** The jobs of a data folder, as rows. What a row holds is checked by nobody else: only this file reads and writes it. */
import { InternalError } from "../../errors.js";
import type { JsonObject } from "../../image/metadata/metadata.js";
import type { Job, JobError, JobStatus, JobType, KeptPicture, Progress } from "../job.js";
import { type Database, storing } from "./database.js";

/** What a new job comes with. */
export interface NewJob extends Pick<Job, "id" | "type" | "owner" | "fields" | "priority" | "warmth" | "requestId"> {
  readonly idempotencyKey: string | undefined;
  /** Of what was asked: the same key with another request is a mistake of the client. */
  readonly requestHash: string;
  readonly created: number;
}

/** What may change of a job. */
export type JobChange = Partial<
  Pick<Job, "status" | "progress" | "started" | "completed" | "settings" | "notes" | "error" | "crashes">
>;

export interface JobFilter {
  readonly status?: JobStatus | undefined;
  readonly owner?: string | undefined;
  readonly limit: number;
  /** The id of a job: those that are older than it. */
  readonly after?: string | undefined;
}

/** What the order of waiting jobs goes by. */
export interface WaitingJob {
  readonly id: string;
  readonly seq: number;
  readonly owner: string;
  readonly priority: number;
  readonly warmth: string;
  readonly created: number;
}

interface JobRow {
  readonly seq: number;
  readonly id: string;
  readonly type: JobType;
  readonly status: JobStatus;
  readonly owner: string;
  readonly fields: string;
  readonly priority: number;
  readonly warmth: string;
  readonly request_id: string;
  readonly request_hash: string;
  readonly progress: string | null;
  readonly created: number;
  readonly started: number | null;
  readonly completed: number | null;
  readonly settings: string | null;
  readonly notes: string;
  readonly error: string | null;
  readonly crashes: number;
}

/** The columns that changes go to; objects are kept as JSON. */
const COLUMNS = ["status", "progress", "started", "completed", "settings", "notes", "error", "crashes"] as const;

export class JobsTable {
  constructor(
    private readonly database: Database,
    private readonly picturesOf: (job: string) => readonly KeptPicture[],
  ) {}

  add(job: NewJob): void {
    storing(() =>
      this.database
        .prepare(
          `INSERT INTO jobs (id, type, status, owner, fields, priority, warmth, request_id, idempotency_key, request_hash, created)
           VALUES (?, ?, 'queued', ?, ?, ?, ?, ?, ?, ?, ?)`,
        )
        .run(
          job.id,
          job.type,
          job.owner,
          JSON.stringify(job.fields),
          job.priority,
          job.warmth,
          job.requestId,
          job.idempotencyKey ?? null,
          job.requestHash,
          job.created,
        ),
    );
  }

  get(id: string): Job | undefined {
    const row = this.#row("SELECT * FROM jobs WHERE id = ?", id);
    return row === undefined ? undefined : this.#job(row);
  }

  /** The job that was made for an idempotency key, and the hash of what was asked then. */
  byIdempotency(owner: string, key: string): { readonly job: Job; readonly requestHash: string } | undefined {
    const row = this.#row("SELECT * FROM jobs WHERE owner = ? AND idempotency_key = ?", owner, key);
    return row === undefined ? undefined : { job: this.#job(row), requestHash: row.request_hash };
  }

  change(id: string, change: JobChange): void {
    const columns = COLUMNS.filter((column) => column in change);
    if (columns.length === 0) {
      return;
    }
    const values = columns.map((column) => storable(change[column]));
    storing(() =>
      this.database
        .prepare(`UPDATE jobs SET ${columns.map((column) => `${column} = ?`).join(", ")} WHERE id = ?`)
        .run(...values, id),
    );
  }

  remove(id: string): void {
    storing(() => this.database.prepare("DELETE FROM jobs WHERE id = ?").run(id));
  }

  /** The newest first. */
  list({ status, owner, limit, after }: JobFilter): { readonly jobs: readonly Job[]; readonly hasMore: boolean } {
    const conditions = [
      ...(status === undefined ? [] : (["status = ?", status] as const)),
      ...(owner === undefined ? [] : (["owner = ?", owner] as const)),
      ...(after === undefined ? [] : (["seq < (SELECT seq FROM jobs WHERE id = ?)", after] as const)),
    ];
    const where = conditions.filter((_part, index) => index % 2 === 0);
    const values = conditions.filter((_part, index) => index % 2 === 1);
    const sql = `SELECT * FROM jobs ${where.length === 0 ? "" : `WHERE ${where.join(" AND ")}`} ORDER BY seq DESC LIMIT ?`;
    const rows = this.#rows(sql, ...values, limit + 1);
    return { jobs: rows.slice(0, limit).map((row) => this.#job(row)), hasMore: rows.length > limit };
  }

  /** The oldest first. */
  waiting(type: JobType): WaitingJob[] {
    return storing(
      () =>
        this.database
          .prepare(
            `SELECT id, seq, owner, priority, warmth, created FROM jobs
             WHERE status = 'queued' AND type = ? ORDER BY seq`,
          )
          .all(type) as WaitingJob[],
    );
  }

  queued(): Job[] {
    return this.#rows("SELECT * FROM jobs WHERE status = 'queued' ORDER BY seq").map((row) => this.#job(row));
  }

  running(): Job[] {
    return this.#rows("SELECT * FROM jobs WHERE status = 'running' ORDER BY seq").map((row) => this.#job(row));
  }

  count(type: JobType, status: JobStatus): number {
    return this.#count("SELECT count(*) AS count FROM jobs WHERE type = ? AND status = ?", type, status);
  }

  /** Jobs of an owner that have not ended. */
  openOf(owner: string): number {
    return this.#count("SELECT count(*) AS count FROM jobs WHERE owner = ? AND status IN ('queued', 'running')", owner);
  }

  /** When a job of each owner was last begun. */
  lastStarts(): Map<string, number> {
    const rows = storing(
      () =>
        this.database
          .prepare("SELECT owner, max(started) AS started FROM jobs WHERE started IS NOT NULL GROUP BY owner")
          .all() as { owner: string; started: number }[],
    );
    return new Map(rows.map(({ owner, started }) => [owner, started]));
  }

  /** Ended jobs that are older than `before`, and all but the newest `most`. */
  expired(before: number, most: number): string[] {
    const ended = "status NOT IN ('queued', 'running')";
    const rows = storing(
      () =>
        this.database
          .prepare(
            `SELECT id FROM jobs WHERE ${ended} AND (completed < ? OR seq NOT IN
               (SELECT seq FROM jobs WHERE ${ended} ORDER BY seq DESC LIMIT ?))`,
          )
          .all(before, most) as { id: string }[],
    );
    return rows.map(({ id }) => id);
  }

  #count(sql: string, ...values: unknown[]): number {
    const row = storing(() => this.database.prepare(sql).get(...values) as { count: number } | undefined);
    if (row === undefined) {
      throw new InternalError("a count gave no row");
    }
    return row.count;
  }

  #row(sql: string, ...values: unknown[]): JobRow | undefined {
    return storing(() => this.database.prepare(sql).get(...values) as JobRow | undefined);
  }

  #rows(sql: string, ...values: unknown[]): JobRow[] {
    return storing(() => this.database.prepare(sql).all(...values) as JobRow[]);
  }

  #job(row: JobRow): Job {
    return {
      id: row.id,
      type: row.type,
      status: row.status,
      owner: row.owner,
      fields: JSON.parse(row.fields) as JsonObject,
      priority: row.priority,
      warmth: row.warmth,
      requestId: row.request_id,
      progress: parsed(row.progress) as Progress | undefined,
      created: row.created,
      started: row.started ?? undefined,
      completed: row.completed ?? undefined,
      images: this.picturesOf(row.id),
      settings: parsed(row.settings) as JsonObject | undefined,
      notes: JSON.parse(row.notes) as string[],
      error: parsed(row.error) as JobError | undefined,
      crashes: row.crashes,
    };
  }
}

function parsed(text: string | null): unknown {
  return text === null ? undefined : JSON.parse(text);
}

function storable(value: unknown): string | number | null {
  return value === undefined
    ? null
    : typeof value === "number" || typeof value === "string"
      ? value
      : JSON.stringify(value);
}
