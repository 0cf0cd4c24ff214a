/** Ctrl-C: the first one stops after the step in progress, the second one at once. No half-written file stays. */
import { removeTemporaryFiles } from "../image/write-atomically.js";

const INTERRUPTED = 130;
const TERMINATED = 143;

export interface Interrupt {
  readonly signal: AbortSignal;
  /** Gives the keys back to the system. */
  dispose(): void;
}

/** Listens for Ctrl-C and for a polite kill; `kill` ends what is running at once. */
export function listenForInterrupt(kill: () => void, tell: (message: string) => void): Interrupt {
  const controller = new AbortController();
  const stopNow = (code: number): void => {
    kill();
    removeTemporaryFiles();
    process.exit(code);
  };
  const onInterrupt = (): void => {
    if (controller.signal.aborted) {
      stopNow(INTERRUPTED);
    }
    controller.abort();
    tell("stopping after this step; Ctrl-C again stops at once");
  };
  const onTerminate = (): void => {
    stopNow(TERMINATED);
  };
  process.on("SIGINT", onInterrupt);
  process.on("SIGTERM", onTerminate);
  return {
    signal: controller.signal,
    dispose: () => {
      process.off("SIGINT", onInterrupt);
      process.off("SIGTERM", onTerminate);
    },
  };
}
