/**
 * The side of an engine where networks run: opens sessions, runs and releases them, and holds tensors between runs. It knows nothing
 * of the process that it lives in; the inference process and the tests' own engine both put it to work.
 */
import "./no-telemetry.js";
import { join } from "node:path";
import type { InferenceSession as Session, Tensor as EngineTensor } from "onnxruntime-common";
import { InternalError, reasonOf } from "../errors.js";
import { shapeSize } from "../tensor/shape.js";
import { loadEngine } from "./platform-engine.js";
import type {
  EngineDescription,
  HostTensor,
  Reply,
  ReplyMessage,
  Request,
  RequestMessage,
  RequestOf,
  SessionSettings,
  TensorHandle,
  WireFeed,
} from "./protocol.js";

const { env, InferenceSession, listSupportedBackends, Tensor } = loadEngine();

interface OpenSession {
  readonly session: Session;
  readonly profiled: boolean;
}

export class SessionHost {
  readonly #sessions = new Map<number, OpenSession>();
  readonly #held = new Map<number, HostTensor>();
  #opened = 0;
  #holds = 0;
  #queue = Promise.resolve();

  /** @param peakBytes highest resident memory of this process so far */
  constructor(private readonly peakBytes: () => number) {}

  /** Answers one request after the other, whatever goes wrong in one of them. */
  answer({ id, request }: RequestMessage, reply: (message: ReplyMessage) => void): void {
    this.#queue = this.#queue.then(async () => {
      const result = await this.#attempt(request);
      reply({ id, result, peakBytes: this.peakBytes(), heldTensors: this.#held.size });
    });
  }

  async #attempt(request: Request): Promise<ReplyMessage["result"]> {
    try {
      return { ok: true, reply: await this.#handle(request) };
    } catch (error) {
      return { ok: false, reason: reasonOf(error) };
    }
  }

  async #handle(request: Request): Promise<Reply> {
    switch (request.kind) {
      case "open":
        return this.#open(request.model, request.settings);
      case "run":
        return this.#run(request);
      case "release":
        return this.#release(request.session);
      case "upload":
        // A copy: where both sides share their memory, the array stays its owner's.
        return this.#hold({ shape: request.tensor.shape, data: request.tensor.data.slice() });
      case "read": {
        const { shape, data } = this.#heldBy(request.held);
        return { shape, data: data.slice() };
      }
      case "drop":
        this.#heldBy(request.held);
        this.#held.delete(request.held);
        return { dropped: true };
      case "describe":
        return describeEngine();
    }
  }

  async #open(model: Uint8Array, settings: SessionSettings): Promise<Reply> {
    const id = this.#opened++;
    const { profileFolder } = settings;
    const session = await InferenceSession.create(model, {
      executionProviders: [settings.executionProvider],
      graphOptimizationLevel: settings.optimization,
      intraOpNumThreads: settings.threads,
      enableMemPattern: settings.memoryPattern,
      logSeverityLevel: 3,
      ...(profileFolder === undefined
        ? {}
        : { enableProfiling: true, profileFilePrefix: join(profileFolder, `session-${id}`) }),
      extra: { "session.model_external_initializers_file_folder_path": settings.externalDataRoot },
    });
    this.#sessions.set(id, { session, profiled: profileFolder !== undefined });
    return { session: id };
  }

  async #run({ session: id, feeds, hold }: RequestOf<"run">): Promise<Reply> {
    const { session } = this.#sessionOf(id);
    checkNames("feeds", Object.keys(feeds), session.inputNames);
    checkNames("outputs to hold", hold, session.outputNames);
    const inputs = Object.entries(feeds).map(([name, feed]) => [name, toTensor(this.#arrayOf(name, feed))] as const);
    const results = await session.run(Object.fromEntries(inputs));
    const arrays = Object.entries(results).map(([name, result]) => [name, fromTensor(name, result)] as const);
    const kept = arrays.filter(([name]) => hold.includes(name));
    return {
      outputs: Object.fromEntries(arrays.filter(([name]) => !hold.includes(name))),
      held: Object.fromEntries(kept.map(([name, array]) => [name, this.#hold(array)])),
    };
  }

  async #release(id: number): Promise<Reply> {
    const { session, profiled } = this.#sessionOf(id);
    if (profiled) {
      session.endProfiling();
    }
    await session.release();
    this.#sessions.delete(id);
    return { released: true };
  }

  #hold(array: HostTensor): TensorHandle {
    const id = this.#holds++;
    this.#held.set(id, array);
    return { id, shape: array.shape, type: array.data instanceof Float32Array ? "float32" : "int64" };
  }

  /** A row of a held tensor is a view of it. */
  #arrayOf(name: string, feed: WireFeed): HostTensor {
    if ("data" in feed) {
      return feed;
    }
    const { shape, data } = this.#heldBy(feed.held);
    if (feed.row === undefined) {
      return { shape, data };
    }
    const rowShape = [1, ...shape.slice(1)];
    const size = shapeSize(rowShape);
    const row = data.subarray(feed.row * size, (feed.row + 1) * size);
    if (row.length !== size) {
      throw new InternalError(`feed ${name}: expected a row of a tensor [${shape.join(", ")}], got row ${feed.row}`);
    }
    return { shape: rowShape, data: row };
  }

  #sessionOf(id: number): OpenSession {
    const session = this.#sessions.get(id);
    if (session === undefined) {
      throw new InternalError(`expected an open session, got number ${id}, which is not`);
    }
    return session;
  }

  #heldBy(id: number): HostTensor {
    const array = this.#held.get(id);
    if (array === undefined) {
      throw new InternalError(`expected a tensor that is held, got number ${id}, which is not`);
    }
    return array;
  }
}

function describeEngine(): EngineDescription {
  const devices = listSupportedBackends().map(({ name, bundled }) => ({ name, bundled }));
  return { version: env.versions.node ?? env.versions.common, devices };
}

function checkNames(what: string, given: readonly string[], known: readonly string[]): void {
  const strange = given.filter((name) => !known.includes(name));
  if (strange.length > 0) {
    throw new InternalError(`${what}: expected names among ${known.join(", ")}, got ${strange.join(", ")}`);
  }
}

function toTensor({ data, shape }: HostTensor): EngineTensor {
  return data instanceof Float32Array ? new Tensor("float32", data, shape) : new Tensor("int64", data, shape);
}

function fromTensor(name: string, { data, dims, type }: EngineTensor): HostTensor {
  if (data instanceof Float32Array || data instanceof BigInt64Array) {
    return { shape: dims, data };
  }
  throw new InternalError(`output ${name}: expected float32 or int64, got ${type}`);
}
