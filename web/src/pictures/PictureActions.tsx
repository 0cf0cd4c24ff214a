/** What can be done with a picture. */
import type { ReactNode } from "react";
import { Button } from "react-aria-components/Button";
import { ToggleButton } from "react-aria-components/ToggleButton";
import { starPicture } from "../api/actions";
import type { Job, JobImage } from "../api/types";
import { CopyIcon, DeleteIcon, DownloadIcon, EditIcon, StarIcon, StarredIcon } from "../app/icons";
import { go } from "../app/route";
import { useToast } from "../app/toasts";
import { editPicture } from "../edit/source";
import { changeForm, form, formOfJob } from "../form/form";
import { useTexts } from "../texts/use-texts";
import { copyPicture, downloadPicture } from "./download";

interface PictureActionsProps {
  readonly picture: Pick<JobImage, "id" | "mime" | "seed" | "width" | "height"> & { readonly prompt: string };
  readonly starred: boolean;
  /** What it was made with, once it is known. */
  readonly job: Job | undefined;
  readonly onDelete: () => void;
}

export function PictureActions({ picture, starred, job, onDelete }: PictureActionsProps): ReactNode {
  const texts = useTexts();
  const toast = useToast();
  const report = (done: Promise<void>, message?: string): void => {
    done.then(
      () => {
        if (message !== undefined) {
          toast({ message });
        }
      },
      (thrown: unknown) => {
        toast({ message: thrown instanceof Error ? thrown.message : String(thrown) });
      },
    );
  };
  const reuse = (seed: string): void => {
    if (job !== undefined) {
      form.set({ ...formOfJob(job, picture.seed), seed });
      go("create");
    }
  };
  return (
    <div className="picture-actions">
      <ToggleButton
        className="button icon"
        aria-label={texts.star}
        isSelected={starred}
        onChange={(on) => {
          report(starPicture(picture.id, on));
        }}
      >
        {starred ? <StarredIcon /> : <StarIcon />}
      </ToggleButton>
      <Button
        className="button icon"
        aria-label={texts.download}
        onPress={() => {
          report(downloadPicture(picture));
        }}
      >
        <DownloadIcon />
      </Button>
      <Button
        className="button icon"
        aria-label={texts.copyPicture}
        onPress={() => {
          report(copyPicture(picture.id), texts.copied);
        }}
      >
        <CopyIcon />
      </Button>
      <Button
        className="button icon"
        aria-label={texts.sendToEdit}
        onPress={() => {
          editPicture(picture);
          go("edit");
        }}
      >
        <EditIcon />
      </Button>
      <Button className="button icon" aria-label={texts.delete} onPress={onDelete}>
        <DeleteIcon />
      </Button>
      <Button
        className="button"
        isDisabled={job === undefined}
        onPress={() => {
          reuse(picture.seed ?? "");
        }}
      >
        {texts.useAll}
      </Button>
      <Button
        className="button"
        isDisabled={job === undefined}
        onPress={() => {
          changeForm({ prompt: picture.prompt });
          go("create");
        }}
      >
        {texts.usePrompt}
      </Button>
      <Button
        className="button"
        isDisabled={job === undefined}
        onPress={() => {
          reuse("");
        }}
      >
        {texts.remix}
      </Button>
    </div>
  );
}
