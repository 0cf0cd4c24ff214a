/** What happened to each job, so that whoever lost the connection can ask for what came after. */
import type { JsonObject } from "../../image/metadata/metadata.js";
import type { JobEvent, JobEventType } from "../job.js";
import { type Database, storing } from "./database.js";

interface EventRow {
  readonly id: number;
  readonly job: string;
  readonly type: JobEventType;
  readonly data: string;
}

export class EventsTable {
  constructor(private readonly database: Database) {}

  /** Ids grow over all jobs, and none is given twice. */
  add(job: string, type: JobEventType, data: JsonObject, created: number): void {
    storing(() =>
      this.database
        .prepare("INSERT INTO events (job, type, data, created) VALUES (?, ?, ?, ?)")
        .run(job, type, JSON.stringify(data), created),
    );
  }

  /** Those of a job that came after the event `after`, in order. */
  after(job: string, after: number): JobEvent[] {
    const rows = storing(
      () =>
        this.database
          .prepare("SELECT id, job, type, data FROM events WHERE job = ? AND id > ? ORDER BY id")
          .all(job, after) as EventRow[],
    );
    return rows.map(eventOf);
  }

  /** The newest of a type. */
  last(job: string, type: JobEventType): JobEvent | undefined {
    const row = storing(
      () =>
        this.database
          .prepare("SELECT id, job, type, data FROM events WHERE job = ? AND type = ? ORDER BY id DESC LIMIT 1")
          .get(job, type) as EventRow | undefined,
    );
    return row === undefined ? undefined : eventOf(row);
  }

  /** Previews of ended jobs take more room than anything else of a job, and the picture shows more. */
  removePreviews(before: number): void {
    storing(() =>
      this.database
        .prepare(
          `DELETE FROM events WHERE type = 'job.preview' AND created < ?
           AND job IN (SELECT id FROM jobs WHERE status NOT IN ('queued', 'running'))`,
        )
        .run(before),
    );
  }
}

function eventOf({ data, id, job, type }: EventRow): JobEvent {
  return { id, job, type, data: JSON.parse(data) as JsonObject };
}
