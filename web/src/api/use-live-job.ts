/** A job as it happens: what the server has of it, and what its events say since. */
import { useEffect, useState } from "react";
import { followJob, type JobEvent } from "./job-events";
import { queryClient, refreshPictures, useJob } from "./queries";
import { isActive, type Job } from "./types";

export interface LiveJob {
  readonly job: Job | undefined;
  /** The running latents as a picture, a data URL. */
  readonly preview: string | undefined;
}

export function useLiveJob(id: string | undefined): LiveJob {
  const { data: job } = useJob(id);
  const [preview, setPreview] = useState<{ readonly job: string; readonly url: string }>();
  const follows = job !== undefined && isActive(job);

  useEffect(() => {
    if (id === undefined || !follows) {
      return undefined;
    }
    const ending = new AbortController();
    void followJob(
      id,
      (event) => {
        queryClient.setQueryData(["job", id], (before: Job | undefined) => merged(before, event));
        const [image] = event.images ?? [];
        if (image !== undefined) {
          setPreview({ job: id, url: `data:${image.mime};base64,${image.b64_json}` });
        }
        if (event.job !== undefined) {
          void refreshPictures();
          void queryClient.invalidateQueries({ queryKey: ["jobs"] });
        }
      },
      ending.signal,
    );
    return () => {
      ending.abort();
    };
  }, [id, follows]);

  return { job, preview: preview?.job === id && follows ? preview?.url : undefined };
}

function merged(before: Job | undefined, event: JobEvent): Job | undefined {
  if (event.job !== undefined || before === undefined) {
    return event.job ?? before;
  }
  if (event.type !== "job.progress" || !isActive(before)) {
    return before;
  }
  return {
    ...before,
    status: "running",
    queue_position: null,
    phase: event.phase ?? before.phase,
    step: event.step ?? before.step,
    steps: event.steps ?? before.steps,
    seconds_per_step: event.seconds_per_step ?? null,
    seconds_left: event.seconds_left ?? null,
  };
}
