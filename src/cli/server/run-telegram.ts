/** The bot with what it works with: jobs of its own, or those of a server. */
import { pino } from "pino";
import { LocalCrew } from "../../jobs/crew/local-crew.js";
import { wordFilter } from "../../jobs/admission/text-filter.js";
import { Jobs } from "../../jobs/jobs.js";
import { ModelDesk } from "../../jobs/models/model-desk.js";
import { PullCrew } from "../../jobs/models/pull-crew.js";
import { ServedModels } from "../../jobs/models/served-models.js";
import { Store } from "../../jobs/store/store.js";
import { type RunningBot, startBot } from "../../telegram/bot.js";
import { JobsPainter } from "../../telegram/jobs-painter.js";
import { Memory } from "../../telegram/memory.js";
import type { Painter } from "../../telegram/painter.js";
import { ServerPainter } from "../../telegram/server-painter.js";
import { type ServeSettings, workerSettingsOf } from "./serve-settings.js";

export interface TelegramOptions {
  readonly token: string;
  readonly apiRoot: string | undefined;
  readonly allowed: readonly number[];
  readonly admins: readonly number[];
  readonly maintenance: boolean;
  /** A server's address and key; the bot has jobs of its own when left out. */
  readonly server: string | undefined;
  readonly key: string | undefined;
}

const DAY_SECONDS = 86_400;

interface Workshop {
  readonly painter: Painter;
  close(): Promise<void>;
}

/** Throws what `startBot`, the data folder and the server throw. */
export async function runTelegram(settings: ServeSettings, options: TelegramOptions): Promise<RunningBot> {
  const log = pino({ level: settings.quiet ? "error" : "info" }, pino.destination(2));
  const complain = (message: string): void => {
    log.error(message);
  };
  const memory = await Memory.open(settings.data);
  const workshop = await (
    options.server === undefined ? ownJobs(settings, complain) : serverJobs(options.server, options.key)
  ).catch((thrown: unknown) => {
    memory.close();
    throw thrown;
  });
  const close = async (): Promise<void> => {
    await workshop.close();
    memory.close();
  };
  try {
    const bot = await startBot({ ...options, memory, painter: workshop.painter, log: complain });
    return {
      name: bot.name,
      close: async () => {
        await bot.close();
        await close();
      },
    };
  } catch (thrown) {
    await close();
    throw thrown;
  }
}

async function ownJobs(settings: ServeSettings, onTrouble: (message: string) => void): Promise<Workshop> {
  const desk = new ModelDesk();
  const store = await Store.open(settings.data);
  const crews = {
    images: new LocalCrew({ settings: workerSettingsOf(settings), onTrouble }),
    pull: new PullCrew(desk),
  };
  const jobs = await Jobs.start(store, crews, {
    maxQueue: settings.maxQueue,
    retention: { keepMilliseconds: settings.retention * 1000, keepJobs: settings.keepJobs },
    admission: settings.filterWords === undefined ? [] : [await wordFilter(settings.filterWords)],
    onTrouble,
  });
  return {
    painter: new JobsPainter(jobs, new ServedModels(settings.model), Math.ceil(settings.retention / DAY_SECONDS)),
    close: async () => {
      await jobs.settle(settings.grace * 1000);
      await jobs.close();
      desk.close();
    },
  };
}

async function serverJobs(address: string, key: string | undefined): Promise<Workshop> {
  return { painter: await ServerPainter.connect(address, key), close: () => Promise.resolve() };
}
