/** The jobs that wait or run, but for the one on the screen. */
import type { ReactNode } from "react";
import { Button } from "react-aria-components/Button";
import { cancelJob } from "../api/actions";
import { useActiveJobs } from "../api/queries";
import { CloseIcon } from "../app/icons";
import { useTexts } from "../texts/use-texts";
import { promptOf } from "./Stage";

interface QueueListProps {
  readonly shown: string | undefined;
  readonly onShow: (job: string) => void;
}

export function QueueList({ shown, onShow }: QueueListProps): ReactNode {
  const texts = useTexts();
  const { data: active = [] } = useActiveJobs();
  const others = active.filter(({ id, type }) => id !== shown && type === "images");
  return others.length === 0 ? null : (
    <section className="queue" aria-label={texts.queue}>
      <h2>{texts.queue}</h2>
      <ul>
        {others.map(({ id, request, status, queue_position: position }) => (
          <li key={id}>
            <Button
              className="link"
              onPress={() => {
                onShow(id);
              }}
            >
              {promptOf(request)}
            </Button>
            <span className="note">{status === "running" ? texts.phases["unet"] : texts.queued(position ?? 0)}</span>
            <Button
              className="button icon small"
              aria-label={texts.cancelOne(promptOf(request))}
              onPress={() => {
                void cancelJob(id);
              }}
            >
              <CloseIcon />
            </Button>
          </li>
        ))}
      </ul>
    </section>
  );
}
