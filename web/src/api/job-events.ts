/** What happens to a job, over server-sent events; a connection that breaks is taken up again where it was. */
import { EventSourceParserStream } from "eventsource-parser/stream";
import { authorizedFetch, RefusedError } from "./client";
import type { Job } from "./types";

export interface JobEvent {
  readonly type: string;
  readonly phase?: string;
  readonly step?: number;
  readonly steps?: number;
  readonly seconds_per_step?: number | null;
  readonly seconds_left?: number | null;
  readonly images?: readonly { readonly b64_json: string; readonly mime: string }[];
  /** With the event that ends it. */
  readonly job?: Job;
}

const RETRY_MS = 1000;

/** Calls `onEvent` until the job has ended, the signal comes, or the server knows no such job. */
export async function followJob(id: string, onEvent: (event: JobEvent) => void, signal: AbortSignal): Promise<void> {
  const isOver = (): boolean => signal.aborted;
  let last = "";
  while (!isOver()) {
    try {
      const headers = { accept: "text/event-stream", ...(last === "" ? {} : { "last-event-id": last }) };
      const url = new URL(`/v1/jobs/${encodeURIComponent(id)}/events`, location.origin);
      const { body } = await authorizedFetch(new Request(url, { headers, signal }));
      const reader = body?.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream()).getReader();
      for (let read = await reader?.read(); read?.done === false; read = await reader?.read()) {
        last = read.value.id ?? last;
        const event = JSON.parse(read.value.data) as JobEvent;
        onEvent(event);
        if (event.job !== undefined) {
          return;
        }
      }
    } catch (thrown) {
      if (thrown instanceof RefusedError || isOver()) {
        return;
      }
    }
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
}
