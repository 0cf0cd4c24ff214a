/** One of the workers of a server, on any machine that reaches its Redis. */
import { hostname } from "node:os";
import { type Logger, pino } from "pino";
import { RedisWorker } from "../../jobs/crew/redis/redis-worker.js";
import { type ServeSettings, workerSettingsOf } from "./serve-settings.js";

export interface RunningWorker {
  readonly name: string;
  /** Takes nothing more, and gives back what does not end within the time of grace. */
  close(): Promise<void>;
}

/** Throws `UsageError`, `StoreError` for a shared folder that cannot be used, and a `KandinskyError` where no Redis answers. */
export async function runWorker(settings: ServeSettings & { readonly queue: string }): Promise<RunningWorker> {
  const { queue, sharedFolder, quiet, grace, name = `${hostname()}-${process.pid}` } = settings;
  const log: Logger = pino({ level: quiet ? "error" : "info" }, pino.destination(2));
  const worker = await RedisWorker.start({
    url: queue,
    name,
    sharedFolder,
    settings: workerSettingsOf(settings),
    onTrouble: (message) => {
      log.error(message);
    },
    onWork: ({ job, requestId }, what) => {
      log.info({ job, reqId: requestId, worker: name }, `job ${what}`);
    },
  });
  return { name, close: () => worker.close(grace * 1000) };
}
