/** The list of keys, at `?`. */
import type { ReactNode } from "react";
import { Button } from "react-aria-components/Button";
import { Dialog } from "react-aria-components/Dialog";
import { Heading } from "react-aria-components/Heading";
import { Modal, ModalOverlay } from "react-aria-components/Modal";
import type { Texts } from "../texts/en";
import { useTexts } from "../texts/use-texts";
import { CloseIcon } from "./icons";

type Name = { [Key in keyof Texts]: Texts[Key] extends string ? Key : never }[keyof Texts];

const ROWS: readonly (readonly [readonly string[], Name])[] = [
  [["Ctrl/⌘", "Enter"], "keysGenerate"],
  [["Alt", "A"], "keysPrompt"],
  [["Alt", "1–4"], "keysPages"],
  [["B", "E", "R", "L"], "keysTools"],
  [["[", "]"], "keysSize"],
  [["Ctrl/⌘", "Z / ⇧Z"], "keysUndo"],
  [["Shift", "V"], "keysInvert"],
  [["←", "→"], "keysMove"],
  [["."], "keysStar"],
  [["Delete"], "keysDelete"],
  [["Esc"], "keysClose"],
  [["?"], "keysList"],
];

export function KeyList({ isOpen, onClose }: { readonly isOpen: boolean; readonly onClose: () => void }): ReactNode {
  const texts = useTexts();
  return (
    <ModalOverlay
      className="overlay"
      isDismissable
      isOpen={isOpen}
      onOpenChange={(open) => {
        if (!open) {
          onClose();
        }
      }}
    >
      <Modal className="modal">
        <Dialog className="dialog">
          <div className="dialog-head">
            <Heading slot="title">{texts.keys}</Heading>
            <Button className="button icon" aria-label={texts.close} onPress={onClose}>
              <CloseIcon />
            </Button>
          </div>
          <dl className="keys">
            {ROWS.map(([keys, name]) => (
              <div key={name}>
                <dt>
                  {keys.map((key) => (
                    <kbd key={key}>{key}</kbd>
                  ))}
                </dt>
                <dd>{texts[name]}</dd>
              </div>
            ))}
          </dl>
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}
