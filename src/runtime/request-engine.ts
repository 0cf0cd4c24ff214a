/** An engine that is spoken to in messages, wherever they are answered: subclasses send them, and say when the other side is gone. */
import { SessionError } from "../errors.js";
import { type Device, deviceNamed } from "./device.js";
import type {
  Engine,
  EngineOptions,
  Feeds,
  HeldTensor,
  Model,
  OpenOptions,
  Outputs,
  RunOptions,
  Session,
  Traffic,
} from "./engine.js";
import { processorShare } from "./processor-share.js";
import { type Channel, heldTensor, wireFeed } from "./held-tensor.js";
import type {
  EngineDescription,
  HostTensor,
  HostTensors,
  Replies,
  Reply,
  ReplyMessage,
  Request,
  RequestMessage,
  RequestOf,
} from "./protocol.js";

interface Pending {
  readonly resolve: (reply: Reply) => void;
  readonly reject: (error: SessionError) => void;
}

export abstract class RequestEngine implements Engine {
  readonly device: Device;
  readonly #options: EngineOptions;
  readonly #pending = new Map<number, Pending>();
  readonly #channel: Channel = { ask: (request) => this.#ask(request), ended: () => this.ended };
  #requests = 0;
  #failure: SessionError | undefined;
  #peakBytes = 0;
  #heldTensors = 0;
  #sent = 0;
  #received = 0;

  protected constructor(options: EngineOptions) {
    this.#options = options;
    this.device = options.device ?? deviceNamed("auto");
  }

  get peakBytes(): number {
    return this.#peakBytes;
  }

  get heldTensors(): number {
    return this.#heldTensors;
  }

  get transferredBytes(): Traffic {
    return { sent: this.#sent, received: this.#received };
  }

  async open({ bytes, externalDataRoot }: Model, { memoryPattern = true }: OpenOptions = {}): Promise<Session> {
    const { threads = processorShare().threads, optimization = "extended", profileFolder } = this.#options;
    const { executionProvider } = this.device;
    const settings = { externalDataRoot, executionProvider, threads, optimization, memoryPattern, profileFolder };
    const { session } = await this.#ask({ kind: "open", model: bytes, settings });
    return new RequestSession(session, this.#channel);
  }

  async upload(tensor: HostTensor): Promise<HeldTensor> {
    const { shape, data } = tensor;
    const handle = await this.#ask({ kind: "upload", tensor: { shape, data } });
    return heldTensor(this.#channel, handle, `an uploaded tensor [${shape.join(", ")}]`);
  }

  describe(): Promise<EngineDescription> {
    return this.#ask({ kind: "describe" });
  }

  abstract kill(): void;
  abstract close(): Promise<void>;

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  protected abstract send(message: RequestMessage): void;

  get ended(): boolean {
    return this.#failure !== undefined;
  }

  /** Told when the first answer is waited for, and when none is any more. */
  protected abstract waiting(whether: boolean): void;

  /** Whether something that was asked has no answer yet. */
  protected get busy(): boolean {
    return this.#pending.size > 0;
  }

  protected receive({ id, result, peakBytes, heldTensors }: ReplyMessage): void {
    this.#peakBytes = Math.max(this.#peakBytes, peakBytes);
    this.#heldTensors = heldTensors;
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    this.waiting(this.busy);
    if (result.ok) {
      this.#received += replyBytes(result.reply);
      pending?.resolve(result.reply);
    } else {
      pending?.reject(new SessionError(`the inference engine failed: ${result.reason}`));
    }
  }

  /** Everything that was and will be asked fails with the first reason that is given. */
  protected fail(message: string): void {
    this.#failure ??= new SessionError(message);
    for (const { reject } of this.#pending.values()) {
      reject(this.#failure);
    }
    this.#pending.clear();
  }

  #ask<Kind extends Request["kind"]>(request: RequestOf<Kind>): Promise<Replies[Kind]> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) {
        reject(this.#failure);
        return;
      }
      const id = this.#requests++;
      this.#pending.set(id, {
        resolve: (reply) => {
          resolve(reply as Replies[Kind]);
        },
        reject,
      });
      this.waiting(true);
      this.#sent += requestBytes(request);
      this.send({ id, request });
    });
  }
}

class RequestSession implements Session {
  #released = false;

  constructor(
    private readonly id: number,
    private readonly channel: Channel,
  ) {}

  run(feeds: Feeds): Promise<HostTensors>;
  run(feeds: Feeds, options: RunOptions): Promise<Outputs>;
  async run(feeds: Feeds, { hold = [] }: RunOptions = {}): Promise<Outputs> {
    if (this.#released) {
      throw new SessionError("run: expected an open network, got one that is released");
    }
    const wired = Object.entries(feeds).map(([name, feed]) => [name, wireFeed(this.channel, name, feed)] as const);
    const request = { kind: "run", session: this.id, feeds: Object.fromEntries(wired), hold } as const;
    const { outputs, held } = await this.channel.ask(request);
    const handles = Object.entries(held).map(
      ([name, handle]) => [name, heldTensor(this.channel, handle, name)] as const,
    );
    return { ...outputs, ...Object.fromEntries(handles) };
  }

  async release(): Promise<void> {
    if (!this.#released) {
      this.#released = true;
      await this.channel.ask({ kind: "release", session: this.id });
    }
  }
}

function requestBytes(request: Request): number {
  switch (request.kind) {
    case "open":
      return request.model.byteLength;
    case "run":
      return Object.values(request.feeds).reduce((sum, feed) => sum + ("data" in feed ? feed.data.byteLength : 0), 0);
    case "upload":
      return request.tensor.data.byteLength;
    case "release":
    case "read":
    case "drop":
    case "describe":
      return 0;
  }
}

function replyBytes(reply: Reply): number {
  if ("outputs" in reply) {
    return Object.values(reply.outputs).reduce((sum, { data }) => sum + data.byteLength, 0);
  }
  return "data" in reply ? reply.data.byteLength : 0;
}
