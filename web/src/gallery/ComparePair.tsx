/** Two pictures of the gallery, compared. */
import type { ReactNode } from "react";
import { Button } from "react-aria-components/Button";
import { Dialog } from "react-aria-components/Dialog";
import { Heading } from "react-aria-components/Heading";
import { Modal, ModalOverlay } from "react-aria-components/Modal";
import type { Picture } from "../api/types";
import { CloseIcon } from "../app/icons";
import { CompareSlider } from "../pictures/CompareSlider";
import { useTexts } from "../texts/use-texts";

interface ComparePairProps {
  readonly first: Picture;
  readonly second: Picture;
  readonly onClose: () => void;
}

export function ComparePair({ first, second, onClose }: ComparePairProps): ReactNode {
  const texts = useTexts();
  const { width, height } = second;
  return (
    <ModalOverlay className="overlay" isDismissable isOpen onOpenChange={onClose}>
      <Modal className="modal lightbox">
        <Dialog className="dialog">
          <div className="dialog-head">
            <Heading slot="title">{texts.compare}</Heading>
            <Button className="button icon" aria-label={texts.close} onPress={onClose}>
              <CloseIcon />
            </Button>
          </div>
          <div className="frame" style={{ aspectRatio: `${width} / ${height}`, ["--ratio" as string]: width / height }}>
            <CompareSlider
              label={texts.compareSlider}
              before={first}
              after={second}
              beforeName={first.prompt}
              afterName={second.prompt}
            />
          </div>
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}
