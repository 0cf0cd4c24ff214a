/** From words to a picture. */
import type { ReactNode } from "react";
import { usePictures } from "../api/queries";
import { fieldsOf, form } from "../form/form";
import { FormPanel } from "../form/FormPanel";
import { usePlanOf } from "../form/use-plan-of";
import { PictureActions } from "../pictures/PictureActions";
import { useDeletion, useHidden } from "../pictures/use-deletion";
import { useStarred } from "../pictures/use-starred";
import { QueueList } from "../result/QueueList";
import { RecentStrip } from "../result/RecentStrip";
import { promptOf, Stage } from "../result/Stage";
import { useMaking } from "../result/use-making";
import { shownOnCreate } from "../state/current-job";
import { useDroppedSettings } from "./use-dropped-settings";

export function CreatePage(): ReactNode {
  useDroppedSettings();
  const asked = form.use();
  const fields = fieldsOf(asked);
  const { plan } = usePlanOf(fields);
  const { live, index, show, send, stop, isSending } = useMaking(shownOnCreate);
  const hidden = useHidden();
  const remove = useDeletion();
  const { data } = usePictures({ query: "", starred: false });
  const { job } = live;
  const images = job?.images.filter(({ id }) => !hidden.has(id)) ?? [];
  const image = images[index] ?? images[0];
  const starred = useStarred(image?.id);
  const canGenerate = asked.prompt.trim() !== "" && !isSending;
  const generate = (): void => {
    if (canGenerate) {
      send(fields);
    }
  };
  return (
    <main className="make">
      <FormPanel
        fields={fields}
        canGenerate={canGenerate}
        onGenerate={generate}
        onStop={stop}
        lastSeed={image?.seed}
        sized
      />
      <div className="canvas">
        <Stage
          live={live}
          index={index}
          hidden={hidden}
          size={{ width: plan?.width ?? 1, height: plan?.height ?? 1 }}
          onIndex={(at) => {
            if (job !== undefined) {
              show({ job: job.id, index: at });
            }
          }}
        />
        {image !== undefined && job !== undefined && (
          <PictureActions
            picture={{ ...image, prompt: promptOf(job.request) }}
            starred={starred}
            job={job}
            onDelete={() => {
              remove(image.id);
            }}
          />
        )}
        <QueueList
          shown={job?.id}
          onShow={(id) => {
            show({ job: id, index: 0 });
          }}
        />
        <RecentStrip
          onShow={({ id, job: maker }) => {
            if (maker !== null) {
              show({ job: maker, index: indexIn(maker, id) });
            }
          }}
        />
      </div>
    </main>
  );

  /** Of one job, the newest picture is listed first. */
  function indexIn(maker: string, id: string): number {
    const made = data?.pages.flatMap((page) => page.data.filter((one) => one.job === maker)) ?? [];
    return made.toReversed().findIndex((one) => one.id === id);
  }
}
