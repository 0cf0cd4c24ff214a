/** The server asks for a key: on the first visit, and when the one that was used has been revoked. */
import { type ReactNode, useState } from "react";
import { Button } from "react-aria-components/Button";
import { Dialog } from "react-aria-components/Dialog";
import { Heading } from "react-aria-components/Heading";
import { Modal, ModalOverlay } from "react-aria-components/Modal";
import { setKey, useSignIn } from "../api/key";
import { queryClient } from "../api/queries";
import { KeyForm } from "../settings/KeyForm";
import { useTexts } from "../texts/use-texts";

export function SignInDialog(): ReactNode {
  const texts = useTexts();
  const { key, refused } = useSignIn();
  const [later, setLater] = useState(false);
  return (
    <ModalOverlay className="overlay" isOpen={refused && !later} onOpenChange={setLater}>
      <Modal className="modal">
        <Dialog className="dialog">
          <Heading slot="title">{texts.signInTitle}</Heading>
          <p>{key === "" ? texts.signInText : texts.keyRefused}</p>
          <KeyForm
            onKey={(entered) => {
              setKey(entered);
              void queryClient.invalidateQueries();
            }}
          />
          <Button
            className="link"
            onPress={() => {
              setLater(true);
            }}
          >
            {texts.close}
          </Button>
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}
