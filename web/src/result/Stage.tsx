/** The largest thing on the page: the picture, or what there is of it so far. Its box has its size before the picture comes. */
import type { ReactNode } from "react";
import { Button } from "react-aria-components/Button";
import type { LiveJob } from "../api/use-live-job";
import { isActive, type JobImage } from "../api/types";
import { KeptPicture } from "../pictures/KeptPicture";
import { useTexts } from "../texts/use-texts";
import { RunProgress } from "./RunProgress";

interface StageProps {
  readonly live: LiveJob;
  readonly index: number;
  readonly onIndex: (index: number) => void;
  /** Pictures that are not shown any more. */
  readonly hidden: ReadonlySet<string>;
  /** What the box is shaped like while nothing is known of the picture. */
  readonly size: { readonly width: number; readonly height: number };
  /** Shown in the place of the picture alone. */
  readonly picture?: ((image: JobImage, alt: string) => ReactNode) | undefined;
}

export function Stage({ live: { job, preview }, index, onIndex, hidden, size, picture }: StageProps): ReactNode {
  const texts = useTexts();
  const images = job?.images.filter(({ id }) => !hidden.has(id)) ?? [];
  const image = images[index] ?? images[0];
  const prompt = promptOf(job?.request);
  const { width, height } = image ?? sizeIn(job?.settings) ?? size;
  const place = image === undefined ? 1 : images.indexOf(image) + 1;
  const alt = texts.result(prompt, place, images.length);
  return (
    <section className="stage">
      <div className="frame" style={{ aspectRatio: `${width} / ${height}`, ["--ratio" as string]: width / height }}>
        {image !== undefined && (picture?.(image, alt) ?? <KeptPicture picture={image} alt={alt} />)}
        {image === undefined && preview !== undefined && <img className="preview" src={preview} alt={texts.preview} />}
        {image === undefined && preview === undefined && (
          <div className="empty">
            {job !== undefined && job.status === "failed" ? (
              <>
                <strong>{texts.failed}</strong>
                <p>{job.error?.message}</p>
              </>
            ) : job !== undefined && isActive(job) ? (
              <div className="pulse" />
            ) : job?.status === "cancelled" ? (
              <strong>{texts.cancelled}</strong>
            ) : (
              <>
                <strong>{texts.empty}</strong>
                <p>{texts.emptyHint}</p>
              </>
            )}
          </div>
        )}
      </div>
      <div className="stage-foot">
        {job !== undefined && isActive(job) && <RunProgress job={job} />}
        {images.length > 1 && (
          <div className="strip">
            {images.map((one, at) => (
              <Button
                key={one.id}
                className={one === image ? "thumb current" : "thumb"}
                aria-label={texts.showPicture(at + 1, images.length)}
                onPress={() => {
                  onIndex(at);
                }}
              >
                <KeptPicture picture={one} alt="" />
              </Button>
            ))}
          </div>
        )}
        {job?.warnings.map((warning) => (
          <p className="note" key={warning}>
            {warning}
          </p>
        ))}
      </div>
    </section>
  );
}

export function promptOf(request: Readonly<Record<string, unknown>> | undefined): string {
  const prompt = request?.["prompt"];
  return typeof prompt === "string" ? prompt : "";
}

function sizeIn(settings: Readonly<Record<string, unknown>> | null | undefined): StageProps["size"] | undefined {
  const [width, height] = [settings?.["width"], settings?.["height"]];
  return typeof width === "number" && typeof height === "number" ? { width, height } : undefined;
}
