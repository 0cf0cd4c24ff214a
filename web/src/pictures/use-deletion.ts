/** Deleting with a way back: a picture is hidden at once, and removed when nobody has taken it back. */
import { useCallback } from "react";
import { deletePicture } from "../api/actions";
import { useToast } from "../app/toasts";
import { membersOf, stored } from "../state/stored";
import { useTexts } from "../texts/use-texts";

const UNDO_MS = 7000;

/** Ids of pictures that are about to be removed. A page that is left before then removes nothing. */
const hidden = stored<readonly string[]>("hidden", () => []);

export function useHidden(): ReadonlySet<string> {
  return new Set(hidden.use());
}

export function useDeletion(): (id: string) => void {
  const toast = useToast();
  const texts = useTexts();
  return useCallback(
    (id) => {
      hidden.set([...hidden.get(), id]);
      const restore = (): void => {
        hidden.set(hidden.get().filter((one) => one !== id));
      };
      const timer = setTimeout(() => {
        deletePicture(id)
          .catch((thrown: unknown) => {
            toast({ message: String(membersOf(thrown)["message"] ?? thrown) });
          })
          .finally(restore);
      }, UNDO_MS);
      toast({
        message: texts.deleted,
        milliseconds: UNDO_MS,
        action: {
          label: texts.undo,
          run: () => {
            clearTimeout(timer);
            restore();
          },
        },
      });
    },
    [toast, texts],
  );
}
