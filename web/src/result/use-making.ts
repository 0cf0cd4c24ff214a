/** Making pictures on a page: the job that is shown there, sending the next one, and stopping. */
import { useMutation } from "@tanstack/react-query";
import { cancelJob, submitJob } from "../api/actions";
import { RefusedError } from "../api/client";
import { useActiveJobs } from "../api/queries";
import { isActive, type JobFields } from "../api/types";
import { type LiveJob, useLiveJob } from "../api/use-live-job";
import { useToast } from "../app/toasts";
import type { Shown } from "../state/current-job";
import type { Stored } from "../state/stored";
import { useTexts } from "../texts/use-texts";

export interface Making {
  readonly live: LiveJob;
  readonly index: number;
  readonly show: (shown: Shown) => void;
  readonly send: (fields: JobFields | Promise<JobFields>) => void;
  readonly isSending: boolean;
  /** Left out while nothing runs. */
  readonly stop: (() => void) | undefined;
}

export function useMaking(store: Stored<Shown | undefined>): Making {
  const toast = useToast();
  const texts = useTexts();
  const shown = store.use();
  const live = useLiveJob(shown?.job);
  const { data: active = [] } = useActiveJobs();
  const report = (thrown: unknown): void => {
    const known = thrown instanceof RefusedError ? thrown.message : texts.away;
    toast({ message: known });
  };
  const sending = useMutation({
    mutationFn: async (fields: JobFields | Promise<JobFields>) => submitJob(await fields),
    onSuccess: ({ id }) => {
      // One that waits behind another stays in the list; what runs stays on the screen.
      if (live.job === undefined || !isActive(live.job)) {
        store.set({ job: id, index: 0 });
      }
    },
    onError: report,
  });
  const running = live.job !== undefined && isActive(live.job) ? live.job.id : active.find(isImages)?.id;
  return {
    live,
    index: shown?.index ?? 0,
    show: store.set,
    send: sending.mutate,
    isSending: sending.isPending,
    stop:
      running === undefined
        ? undefined
        : () => {
            cancelJob(running).catch(report);
          },
  };
}

function isImages({ type }: { readonly type: string }): boolean {
  return type === "images";
}
