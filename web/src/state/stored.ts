/** A value that outlives a reload, and that parts of the page watch. Other tabs keep their own. */
import { useSyncExternalStore } from "react";

export interface Stored<Value> {
  readonly get: () => Value;
  readonly set: (value: Value) => void;
  readonly use: () => Value;
}

/** @param read makes a value of what was kept, which an older page may have written, or of nothing */
export function stored<Value>(name: string, read: (kept: unknown) => Value): Stored<Value> {
  const key = `kandinsky3.${name}`;
  const listeners = new Set<() => void>();
  let current = read(parsed(localStorage.getItem(key)));
  const get = (): Value => current;
  const subscribe = (listener: () => void): (() => void) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  };
  return {
    get,
    set: (value) => {
      current = value;
      localStorage.setItem(key, JSON.stringify(value));
      listeners.forEach((listener) => {
        listener();
      });
    },
    use: () => useSyncExternalStore(subscribe, get),
  };
}

/** The members of a kept object; none of anything else. */
export function membersOf(kept: unknown): Readonly<Record<string, unknown>> {
  return typeof kept === "object" && kept !== null ? { ...kept } : {};
}

function parsed(text: string | null): unknown {
  try {
    return JSON.parse(text ?? "null");
  } catch {
    return null;
  }
}
