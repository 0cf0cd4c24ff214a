/** This machine as one of a server's workers: it takes assignments from Redis, has them done by a process of its own, and reports. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Worker } from "bullmq";
import type { Redis } from "ioredis";
import { reasonOf } from "../../../errors.js";
import { type Assignment, endsAssignment, type Report } from "../crew.js";
import { LocalCrew } from "../local-crew.js";
import type { WorkerSettings } from "../../work/worker-settings.js";
import { lockOptions } from "./assignment-queue.js";
import { cancelKey, Connections, QUEUE } from "./connection.js";
import { FolderExchange, type PictureExchange, RedisExchange } from "./picture-exchange.js";
import { append } from "./report-stream.js";
import { packReport, unpackPictures, type WireAssignment } from "./wire.js";
import { announce, BEAT_MS, takeLeave } from "./worker-board.js";

const CANCEL_LOOK_MS = 250;
const RETRY_MS = 500;

export interface RedisWorkerOptions {
  readonly url: string;
  /** Another one for each worker. */
  readonly name: string;
  readonly sharedFolder?: string | undefined;
  readonly settings: WorkerSettings;
  readonly onTrouble?: (message: string) => void;
  /** Told when an assignment begins, and with what it ends. */
  readonly onWork?: (assignment: Pick<Assignment, "job" | "requestId">, what: string) => void;
  /** As of `RedisCrewOptions.patience`. */
  readonly patience?: number;
}

/** What is at work, and what its end resolves. */
interface Work {
  readonly wire: WireAssignment;
  readonly exchange: PictureExchange;
  readonly end: () => void;
}

export class RedisWorker {
  #work: Work | undefined;
  #bull: Worker<WireAssignment> | undefined;
  #closing = false;
  #beat: NodeJS.Timeout | undefined;
  readonly #crew: LocalCrew;

  private constructor(
    private readonly options: RedisWorkerOptions,
    private readonly connections: Connections,
    private readonly redis: Redis,
    private readonly folder: FolderExchange | undefined,
  ) {
    const { settings, onTrouble } = options;
    this.#crew = new LocalCrew({ settings, workers: 1, ...(onTrouble === undefined ? {} : { onTrouble }) });
  }

  /** Throws as `RedisCrew.open`. */
  static async start(options: RedisWorkerOptions): Promise<RedisWorker> {
    const { url, sharedFolder, onTrouble = () => undefined } = options;
    const connections = await Connections.open(url, onTrouble);
    try {
      const folder = sharedFolder === undefined ? undefined : await FolderExchange.open(sharedFolder);
      const worker = new RedisWorker(options, connections, connections.connect("waiting"), folder);
      await worker.#start();
      return worker;
    } catch (thrown) {
      connections.close();
      throw thrown;
    }
  }

  /** Takes nothing more, lets what runs come to its end for so long, and gives back what has not ended. */
  async close(graceMilliseconds: number): Promise<void> {
    this.#closing = true;
    const deadline = Date.now() + graceMilliseconds;
    await this.#bull?.pause(true);
    while (this.#work !== undefined && Date.now() < deadline) {
      await sleep(50);
    }
    await this.#crew.close(0);
    clearInterval(this.#beat);
    await this.#bull?.close();
    await takeLeave(this.redis, this.options.name);
    this.connections.close();
  }

  async #start(): Promise<void> {
    const { Worker: WorkerOf } = await import("bullmq");
    await this.#crew.start((_job, report) => this.#tell(report), []);
    this.#crew.onFree(() => {
      this.#announce();
    });
    this.#beat = setInterval(() => {
      this.#announce();
    }, BEAT_MS);
    this.#announce();
    const { name, prefix } = QUEUE;
    this.#bull = new WorkerOf<WireAssignment>(name, ({ data }) => this.#run(data), {
      connection: this.connections.connect("waiting"),
      prefix,
      concurrency: 1,
      ...lockOptions(this.options.patience),
    });
    // What goes wrong with the connection is told by itself.
    this.#bull.on("error", () => undefined);
  }

  /** Ends when the assignment has been reported to its end. */
  async #run(wire: WireAssignment): Promise<void> {
    const { onWork } = this.options;
    const exchange = wire.sharedFolder ? this.folder : new RedisExchange(this.redis);
    if (exchange === undefined) {
      const message = `the worker ${this.options.name} was started without the server's --shared-folder`;
      await this.#append(wire, JSON.stringify({ type: "failed", error: { kind: "failed", message } } satisfies Report));
      return;
    }
    const ended = new Promise<void>((end) => {
      this.#work = { wire, exchange, end };
    });
    this.#announce();
    onWork?.(wire, "begins");
    try {
      await this.#hired();
      const pictures = await unpackPictures(wire.pictures, exchange);
      const { job, requestId, fields, warmth } = wire;
      await this.#crew.assign({ job, requestId, fields, warmth, pictures });
    } catch (thrown) {
      await this.#tell({ type: "lost", reason: reasonOf(thrown) });
    }
    const looks = setInterval(() => {
      this.#heedCancel(wire);
    }, CANCEL_LOOK_MS);
    await ended;
    clearInterval(looks);
    await this.#hired();
    this.#work = undefined;
    this.#announce();
    // The server looks at the board when something is in its stream.
    await this.#append(wire, "");
  }

  /** The process that does the work may be starting still, or again. */
  async #hired(): Promise<void> {
    while (this.#crew.free() === 0 && !this.#closing) {
      await sleep(50);
    }
  }

  async #tell(report: Report): Promise<void> {
    const work = this.#work;
    if (work === undefined) {
      return;
    }
    const said: Report = report.type === "lost" && this.#closing ? { type: "returned" } : report;
    await this.#append(work.wire, await this.#packed(said, work.exchange));
    if (endsAssignment(said)) {
      this.options.onWork?.(work.wire, said.type);
      work.end();
    }
  }

  /** Waits until pictures can be put where the server finds them; the work is worth more than the wait. */
  #packed(report: Report, exchange: PictureExchange): Promise<string> {
    const returned = JSON.stringify({ type: "returned" } satisfies Report);
    return this.#surely(() => packReport(report, exchange), returned);
  }

  #append({ id, server, job }: WireAssignment, text: string): Promise<void> {
    return this.#surely(() => append(this.redis, server, { assignment: id, job, text }), undefined);
  }

  /** Tries until it succeeds, or the worker is to end. */
  async #surely<Result>(work: () => Promise<Result>, otherwise: Result): Promise<Result> {
    for (;;) {
      try {
        return await work();
      } catch (thrown) {
        if (this.#closing) {
          return otherwise;
        }
        this.options.onTrouble?.(reasonOf(thrown));
        await sleep(RETRY_MS);
      }
    }
  }

  #heedCancel({ id, job }: WireAssignment): void {
    const asked = this.redis.exists(cancelKey(id)).then(async (found) => {
      await (found === 1 ? this.#crew.cancel(job) : undefined);
    });
    asked.catch(() => undefined); // It is asked again soon.
  }

  #announce(): void {
    const { name } = this.options;
    const [state] = this.#crew.workers();
    const job = this.#work?.wire.job;
    const free = job === undefined && !this.#closing && this.#crew.free() > 0;
    announce(this.redis, { name, job, warmth: state?.warmth, free }).catch(() => undefined); // The next beat says it again.
  }
}
