/** How far a job is. */
import type { ReactNode } from "react";
import { ProgressBar } from "react-aria-components/ProgressBar";
import { useActiveJobs } from "../api/queries";
import type { Job } from "../api/types";
import { useFormats, useTexts } from "../texts/use-texts";

export function RunProgress({ job }: { readonly job: Job }): ReactNode {
  const texts = useTexts();
  const formats = useFormats();
  const { data: active } = useActiveJobs();
  const { step, steps, status, phase, seconds_per_step: pace, seconds_left: left } = job;
  const before = active?.find(({ id }) => id === job.id)?.queue_position ?? job.queue_position ?? 0;
  const words =
    status === "queued"
      ? [texts.queued(before)]
      : [
          texts.phases[phase ?? ""] ?? texts.starting,
          ...(step > 0 && steps !== null ? [texts.step(step, steps)] : []),
          ...(pace === null ? [] : [texts.perStep(formats.seconds(pace))]),
          ...(left === null ? [] : [texts.left(formats.seconds(left))]),
        ];
  const share = steps === null || steps === 0 ? 0 : (100 * step) / steps;
  return (
    <ProgressBar className="progress" aria-label={texts.progress} value={share} valueLabel={words.join(", ")}>
      {({ percentage = 0 }) => (
        <>
          <div className="progress-track">
            <div className="progress-fill" style={{ transform: `scaleX(${percentage / 100})` }} />
          </div>
          <span className="progress-words">{words.join(" · ")}</span>
        </>
      )}
    </ProgressBar>
  );
}
