/** How a picture comes here: dropped, pasted, or chosen. */
import { type ReactNode, useRef, useState } from "react";
import { Button } from "react-aria-components/Button";
import { uploadPicture } from "../api/actions";
import { useToast } from "../app/toasts";
import { useDroppedFile } from "../app/use-dropped-file";
import { useTexts } from "../texts/use-texts";
import { editPicture } from "./source";

/** Takes files that are dropped or pasted anywhere on the page. */
export function useUpload(): { readonly take: (file: Blob | undefined) => void; readonly isUploading: boolean } {
  const toast = useToast();
  const [isUploading, setUploading] = useState(false);
  const take = (file: Blob | undefined): void => {
    if (file === undefined) {
      return;
    }
    setUploading(true);
    uploadPicture(file)
      .then(editPicture, (thrown: unknown) => {
        toast({ message: thrown instanceof Error ? thrown.message : String(thrown) });
      })
      .finally(() => {
        setUploading(false);
      });
  };
  useDroppedFile(take);
  return { take, isUploading };
}

interface UploadButtonProps {
  readonly onFile: (file: Blob | undefined) => void;
  readonly isUploading: boolean;
}

export function UploadButton({ onFile, isUploading }: UploadButtonProps): ReactNode {
  const texts = useTexts();
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <Button className="button" isDisabled={isUploading} onPress={() => input.current?.click()}>
        {texts.uploadImage}
      </Button>
      <input
        ref={input}
        type="file"
        accept="image/*"
        hidden
        onChange={({ target }) => {
          onFile(target.files?.[0]);
          // The same file may be chosen again.
          target.value = "";
        }}
      />
    </>
  );
}
