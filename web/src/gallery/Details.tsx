/** One picture of the gallery, as large as there is room, with all its settings. */
import type { ReactNode } from "react";
import { Button } from "react-aria-components/Button";
import { Dialog } from "react-aria-components/Dialog";
import { Modal, ModalOverlay } from "react-aria-components/Modal";
import { starPicture } from "../api/actions";
import { useJob } from "../api/queries";
import type { Picture } from "../api/types";
import { CloseIcon, NextIcon, PreviousIcon } from "../app/icons";
import { useKeys } from "../app/use-keys";
import { KeptPicture } from "../pictures/KeptPicture";
import { PictureActions } from "../pictures/PictureActions";
import { useTexts } from "../texts/use-texts";

interface DetailsProps {
  readonly picture: Picture;
  readonly onClose: () => void;
  /** To the picture so many places on. */
  readonly onMove: (places: 1 | -1) => void;
  readonly onDelete: () => void;
}

export function Details({ picture, onClose, onMove, onDelete }: DetailsProps): ReactNode {
  const texts = useTexts();
  const { data: job } = useJob(picture.job ?? undefined);
  useKeys(({ key }) => {
    const run = new Map([
      [
        "ArrowLeft",
        () => {
          onMove(-1);
        },
      ],
      [
        "ArrowRight",
        () => {
          onMove(1);
        },
      ],
      [".", () => void starPicture(picture.id, !picture.starred)],
      ["Delete", onDelete],
    ]).get(key);
    run?.();
    return run !== undefined;
  });
  const facts = Object.entries({ ...job?.request, ...job?.settings, seed: picture.seed })
    .filter(([name, value]) => name !== "prompt" && value !== null)
    .map(([name, value]) => [name, typeof value === "string" ? value : JSON.stringify(value)] as const);
  return (
    <ModalOverlay
      className="overlay"
      isDismissable
      isOpen
      onOpenChange={(open) => {
        if (!open) {
          onClose();
        }
      }}
    >
      <Modal className="modal lightbox">
        <Dialog className="lightbox-body" aria-label={texts.details}>
          <div className="lightbox-picture">
            <KeptPicture picture={picture} alt={picture.prompt} />
          </div>
          <div className="lightbox-side">
            <div className="dialog-head">
              <div className="with-buttons">
                <Button
                  className="button icon"
                  aria-label={texts.previous}
                  onPress={() => {
                    onMove(-1);
                  }}
                >
                  <PreviousIcon />
                </Button>
                <Button
                  className="button icon"
                  aria-label={texts.next}
                  onPress={() => {
                    onMove(1);
                  }}
                >
                  <NextIcon />
                </Button>
              </div>
              <Button className="button icon" aria-label={texts.close} onPress={onClose}>
                <CloseIcon />
              </Button>
            </div>
            <p className="prompt">{picture.prompt}</p>
            <PictureActions picture={picture} starred={picture.starred} job={job} onDelete={onDelete} />
            <dl className="facts">
              {facts.map(([name, value]) => (
                <div key={name} style={{ display: "contents" }}>
                  <dt>{name}</dt>
                  <dd>{value}</dd>
                </div>
              ))}
            </dl>
          </div>
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}
