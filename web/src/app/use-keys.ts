/** Keys that mean the same wherever the focus is, unless something is being written there. */
import { useEffect, useEffectEvent } from "react";

/** Gives whether the key was one of its own. */
export type KeyHandler = (event: KeyboardEvent) => boolean;

export function useKeys(handle: KeyHandler): void {
  const onKey = useEffectEvent((event: KeyboardEvent) => {
    if (!event.defaultPrevented && !isWriting(event) && handle(event)) {
      event.preventDefault();
    }
  });
  useEffect(() => {
    const listener = (event: KeyboardEvent): void => {
      onKey(event);
    };
    addEventListener("keydown", listener);
    return () => {
      removeEventListener("keydown", listener);
    };
  }, []);
}

/** With Alt nothing is written. */
function isWriting({ target, altKey }: KeyboardEvent): boolean {
  const writes = "textarea, select, input:not([type=range], [type=checkbox], [type=radio])";
  return !altKey && target instanceof Element && target.matches(writes);
}
