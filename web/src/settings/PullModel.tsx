/** Bringing a model here: what it takes before it is fetched, and how far it is. A fetch that is paused goes on where it was. */
import { useMutation } from "@tanstack/react-query";
import { type ReactNode, useId, useState } from "react";
import { Button } from "react-aria-components/Button";
import { ProgressBar } from "react-aria-components/ProgressBar";
import { cancelJob } from "../api/actions";
import { pullModel } from "../api/model-actions";
import { useActiveJobs } from "../api/queries";
import { useToast } from "../app/toasts";
import { usePlanOf } from "../form/use-plan-of";
import { useFormats, useTexts } from "../texts/use-texts";

const RELEASED = "kandinsky-community/kandinsky-3";

export function PullModel(): ReactNode {
  const texts = useTexts();
  const formats = useFormats();
  const toast = useToast();
  const id = useId();
  const [name, setName] = useState("");
  const { data: active = [] } = useActiveJobs();
  const pulling = active.filter(({ type }) => type === "pull");
  const { plan, problem } = usePlanOf(name.includes("/") ? { model: name, prompt: "" } : { prompt: "" });
  const pull = useMutation({
    mutationFn: () => pullModel(name),
    onError: ({ message }) => {
      toast({ message });
    },
  });
  return (
    <article className="model">
      <h3>{texts.pull}</h3>
      <div className="field">
        <label htmlFor={id}>{texts.pullName}</label>
        <div className="with-buttons">
          <input
            id={id}
            type="text"
            value={name}
            placeholder={RELEASED}
            onChange={({ target }) => {
              setName(target.value.trim());
            }}
          />
          <Button
            className="button"
            isDisabled={name === "" || pull.isPending}
            onPress={() => {
              pull.mutate();
            }}
          >
            {texts.fetch}
          </Button>
        </div>
      </div>
      {problem !== undefined && name !== "" && <p className="note warning">{problem}</p>}
      {plan?.disk !== null && plan?.disk !== undefined && plan.seconds !== null && (
        <p className="note">
          {texts.needs(formats.bytes(plan.disk.download_bytes), formats.seconds(plan.seconds))}
          {` · ${plan.fits ? texts.fits : texts.fitsNot}`}
        </p>
      )}
      {pulling.map((job) => (
        <div className="line" key={job.id}>
          <ProgressBar
            className="progress"
            aria-label={String(job.request["model"])}
            value={job.bytes === null ? 0 : (100 * (job.bytes_done ?? 0)) / job.bytes}
          >
            {({ percentage = 0 }) => (
              <>
                <div className="progress-track">
                  <div className="progress-fill" style={{ transform: `scaleX(${percentage / 100})` }} />
                </div>
                <span className="progress-words">
                  {formats.bytes(job.bytes_done ?? 0)} / {formats.bytes(job.bytes ?? 0)}
                </span>
              </>
            )}
          </ProgressBar>
          <Button
            className="button"
            onPress={() => {
              void cancelJob(job.id);
            }}
          >
            {texts.pause}
          </Button>
        </div>
      ))}
    </article>
  );
}
