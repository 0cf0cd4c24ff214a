/** The Hub for a command: its client with this program's name, stopped by Ctrl-C, telling about failures that it tries to outlast. */
import { HubClient } from "../hub/download/client.js";
import { hubEnvironment } from "../hub/environment.js";
import { packageVersion } from "../files/package-info.js";
import type { Progress } from "./output/progress.js";

export function openHub(progress: Progress, signal?: AbortSignal): HubClient {
  return new HubClient({
    environment: hubEnvironment(),
    userAgent: `kandinsky3/${packageVersion()}`,
    signal,
    onRetry: (reason) => {
      progress.say(`note: ${reason}; trying again`);
    },
  });
}
