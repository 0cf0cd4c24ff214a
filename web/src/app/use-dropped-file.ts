/** Files that are dropped or pasted anywhere on the page. */
import { useEffect, useEffectEvent } from "react";

export function useDroppedFile(onFile: (file: File) => void): void {
  const onData = useEffectEvent((event: Event, data: DataTransfer | null) => {
    const file = data?.files[0];
    if (file !== undefined) {
      event.preventDefault();
      onFile(file);
    }
  });
  useEffect(() => {
    const onPaste = (event: ClipboardEvent): void => {
      onData(event, event.clipboardData);
    };
    const onDrop = (event: DragEvent): void => {
      onData(event, event.dataTransfer);
    };
    // Without this the browser opens the file in the place of the page.
    const onOver = (event: DragEvent): void => {
      event.preventDefault();
    };
    addEventListener("paste", onPaste);
    addEventListener("drop", onDrop);
    addEventListener("dragover", onOver);
    return () => {
      removeEventListener("paste", onPaste);
      removeEventListener("drop", onDrop);
      removeEventListener("dragover", onOver);
    };
  }, []);
}
