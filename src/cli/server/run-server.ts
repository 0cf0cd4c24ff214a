/** A server from its settings: the data folder, the crew, the jobs, and the HTTP room above them. */
import { isIPv6 } from "node:net";
import { type Logger, pino } from "pino";
import { KandinskyError, reasonOf, UsageError } from "../../errors.js";
import type { Crew } from "../../jobs/crew/crew.js";
import { LocalCrew } from "../../jobs/crew/local-crew.js";
import { keyLimits } from "../../jobs/admission/key-limits.js";
import { commandFilter, wordFilter } from "../../jobs/admission/text-filter.js";
import { Jobs } from "../../jobs/jobs.js";
import type { Admission } from "../../jobs/job-request.js";
import type { Job } from "../../jobs/job.js";
import { ApiKeys } from "../../jobs/admission/api-keys.js";
import { ModelDesk } from "../../jobs/models/model-desk.js";
import { PullCrew } from "../../jobs/models/pull-crew.js";
import { ServedModels } from "../../jobs/models/served-models.js";
import { Store } from "../../jobs/store/store.js";
import { buildApp } from "../../server/app.js";
import type { App } from "../../server/context.js";
import { Metrics } from "../../server/metrics.js";
import { byKey } from "../../server/key-authentication.js";
import { type ServeSettings, workerSettingsOf } from "./serve-settings.js";

const LOOPBACK = /^(?:127\.|::1$|localhost$)/i;

export interface RunningServer {
  /** `http://127.0.0.1:3333` */
  readonly address: string;
  /** Takes no further requests, lets what runs come to its end for the time of grace, and closes everything. */
  close(graceSeconds?: number): Promise<void>;
}

/** The address cannot be listened on. */
class ListenError extends KandinskyError {
  override readonly code = "listen";
}

/**
 * Throws `UsageError`, `StoreError`, or `ListenError` for an address that cannot be had.
 * @param stop called when a request asks for the end
 */
export async function runServer(settings: ServeSettings, stop: () => void): Promise<RunningServer> {
  const metrics = new Metrics();
  const { host, port, grace, publicUrl, insecure } = settings;
  const log = pino({ level: settings.quiet ? "error" : "info" }, pino.destination(2));
  const models = new ServedModels(settings.model);
  const desk = new ModelDesk();
  const store = await Store.open(settings.data);
  let jobs: Jobs | undefined;
  try {
    const keys = new ApiKeys(store.database);
    requireSafety(settings, keys);
    const crews = { images: await crewFor(settings, store, log), pull: new PullCrew(desk) };
    jobs = await Jobs.start(store, crews, {
      maxQueue: settings.maxQueue,
      retention: { keepMilliseconds: settings.retention * 1000, keepJobs: settings.keepJobs },
      admission: await admissionOf(settings, store, keys, models),
      onTrouble: (message) => {
        log.error(message);
      },
      onEnd: (job) => {
        metrics.ended(job);
        log.info(describe(job, settings.logPrompts), "job ended");
      },
    });
    const app = await buildApp({
      jobs,
      models,
      desk,
      threads: settings.threads,
      webImages: settings.webImages,
      publicUrl,
      authenticate: byKey(keys, { insecure }),
      allowedHosts: [...settings.allowHost, ...(LOOPBACK.test(host) ? [] : ["*"])],
      allowedOrigins: settings.allowOrigin,
      logger: log,
      metrics,
      stop,
    });
    const address = await listen(app, host, port);
    const running = jobs;
    return {
      address,
      close: async (graceSeconds = grace) => {
        await running.settle(graceSeconds * 1000);
        // Whoever still waits, waits for a job of the next start.
        app.server.closeAllConnections();
        await app.close();
        await running.close();
        desk.close();
      },
    };
  } catch (thrown) {
    await jobs?.settle(0);
    desk.close();
    await store.close();
    throw thrown;
  }
}

async function listen(app: App, host: string, port: number): Promise<string> {
  try {
    const address = await app.listen({ host, port });
    return address.replace("[::]", "[::1]").replace("0.0.0.0", "127.0.0.1");
  } catch (thrown) {
    const shown = isIPv6(host) ? `[${host}]` : host;
    const inUse = thrown instanceof Error && "code" in thrown && thrown.code === "EADDRINUSE";
    const why = inUse ? "another program listens there, --port takes another one" : reasonOf(thrown);
    throw new ListenError(`cannot listen on ${shown}:${port}: ${why}`, { cause: thrown });
  }
}

/** Whoever can reach the address can use the machine, so beyond loopback somebody has to have decided who that may be. */
function requireSafety({ host, insecure }: ServeSettings, keys: ApiKeys): void {
  if (!LOOPBACK.test(host) && !insecure && !keys.areNeeded()) {
    throw new UsageError(
      `--host: ${host} can be reached from other machines, expected an API key first (kandinsky3 keys create NAME), or --insecure`,
    );
  }
}

/** Workers of this machine, or of all that share the queue. */
async function crewFor(settings: ServeSettings, store: Store, log: Logger): Promise<Crew> {
  const { queue, sharedFolder } = settings;
  const onTrouble = (message: string): void => {
    log.error(message);
  };
  if (queue === undefined) {
    return new LocalCrew({ settings: workerSettingsOf(settings), onTrouble });
  }
  // Loaded where it is used: its packages need not be installed for a server of one machine.
  const { RedisCrew } = await import("../../jobs/crew/redis/redis-crew.js");
  return RedisCrew.open({ url: queue, server: store.serverId(), sharedFolder, onTrouble });
}

async function admissionOf(
  { filterWords, filterCommand }: ServeSettings,
  store: Store,
  keys: ApiKeys,
  models: ServedModels,
): Promise<Admission[]> {
  return [
    keyLimits(store, keys, models),
    ...(filterWords === undefined ? [] : [await wordFilter(filterWords)]),
    ...(filterCommand === undefined ? [] : [commandFilter(filterCommand)]),
  ];
}

/** What the log says of a job: the prompt only where the operator wants it. */
function describe({ id, requestId, owner, status, started, completed, error, fields }: Job, prompts: boolean): object {
  return {
    job: id,
    reqId: requestId,
    owner,
    status,
    seconds: started === undefined || completed === undefined ? undefined : (completed - started) / 1000,
    error: error?.kind,
    ...(prompts ? { prompt: fields["prompt"] } : {}),
  };
}
