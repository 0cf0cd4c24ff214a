/** The library's way of fetching a model, as `kandinsky3 pull` does. */
import { packageVersion } from "../files/package-info.js";
import { HubClient } from "../hub/download/client.js";
import { hubEnvironment } from "../hub/environment.js";
import { type PulledModel, pullModel, type PullOptions } from "../hub/pull-model.js";
import { repositoryOf } from "./resolve-model.js";

/** How a model is fetched. */
export interface DownloadOptions extends PullOptions {
  /** Stops the work; what has been fetched is kept. */
  readonly signal?: AbortSignal | undefined;
  /** Told about every failure that is followed by another attempt. */
  readonly onRetry?: (reason: string) => void;
}

/**
 * Brings a model, by its short name or its name on the Hub, into the cache that `Kandinsky3.fromPretrained` reads. Goes on where an
 * earlier call stopped, and checks every hash. Obeys the environment variables of huggingface_hub (`HF_TOKEN`, `HF_HOME`, …).
 * Throws `HubError`, `UsageError`, `CheckpointError` or, by the signal, `AbortedError`.
 */
export async function downloadModel(
  model: string,
  { signal, onRetry, ...options }: DownloadOptions = {},
): Promise<PulledModel> {
  await using client = new HubClient({
    environment: hubEnvironment(),
    userAgent: `kandinsky3/${packageVersion()}`,
    signal,
    ...(onRetry === undefined ? {} : { onRetry }),
  });
  return await pullModel(client, repositoryOf(model) ?? model, options);
}
