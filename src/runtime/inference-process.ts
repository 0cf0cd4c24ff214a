/**
 * The program's side of the inference process. One process serves one phase: when it ends, all its memory goes back to the
 * system, and its peak is that phase's peak.
 */
import { type ChildProcess, fork } from "node:child_process";
import { createRequire } from "node:module";
import { availableParallelism } from "node:os";
import { reasonOf, SessionError } from "../errors.js";
import type {
  EngineDescription,
  Feeds,
  Replies,
  Reply,
  ReplyMessage,
  Request,
  RequestMessage,
  SessionSettings,
} from "./protocol.js";

/** What `open` needs of a network: see `EmittedModel` of the graph layer. */
export interface Model {
  readonly bytes: Uint8Array;
  readonly externalDataRoot: string;
}

export interface InferenceOptions {
  /** Threads of one operator; all processors when left out. */
  readonly threads?: number;
  readonly optimization?: SessionSettings["optimization"];
  readonly profileFolder?: SessionSettings["profileFolder"];
}

export type OpenOptions = Partial<Pick<SessionSettings, "memoryPattern">>;

type RequestOf<Kind extends Request["kind"]> = Extract<Request, { kind: Kind }>;

interface Pending {
  readonly resolve: (reply: Reply) => void;
  readonly reject: (error: SessionError) => void;
}

/** How long an idle process may take to end by itself before it is killed. */
const CLOSE_TIMEOUT_MS = 2_000;
/** How long the last words of a process that ended are waited for. */
const LAST_WORDS_MS = 100;

export class InferenceProcess {
  readonly #child: ChildProcess;
  readonly #options: InferenceOptions;
  readonly #pending = new Map<number, Pending>();
  readonly #exited: Promise<void>;
  #requests = 0;
  #failure: SessionError | undefined;
  #peakBytes = 0;

  private constructor(options: InferenceOptions) {
    this.#options = options;
    this.#child = fork(workerModule(), {
      serialization: "advanced",
      execArgv: [],
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    });
    const stderr: string[] = [];
    this.#child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      stderr.push(text);
      stderr.splice(0, stderr.length - 20);
    });
    this.#child.on("message", (message) => {
      this.#receive(message as ReplyMessage);
    });
    this.#exited = new Promise((resolve) => {
      // Not "close": Node does not emit it once the parent has disconnected.
      this.#child.on("exit", (code, signal) => {
        const explain = (): void => {
          const how = signal === null ? `exit code ${code ?? 0}` : `signal ${signal}`;
          const hint = signal === "SIGKILL" ? "; out of memory, or killed from outside" : "";
          const reason = lastWords(stderr.join(""));
          this.#fail(`the inference process ended early (${how}${hint})${reason === "" ? "" : `: ${reason}`}`);
          resolve();
        };
        // What an unexpected end was about may still be on its way through the pipe.
        setTimeout(explain, this.#failure === undefined ? LAST_WORDS_MS : 0);
      });
      this.#child.on("error", (error) => {
        this.#fail(`the inference process could not be started: ${error.message}`);
        resolve();
      });
    });
  }

  /** Starts a process; the engine loads while the caller goes on. */
  static start(options: InferenceOptions = {}): InferenceProcess {
    return new InferenceProcess(options);
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Highest resident memory so far, in bytes; mapped weight files count while their pages are in memory. */
  get peakBytes(): number {
    return this.#peakBytes;
  }

  /** Prepares a network. Throws `SessionError` when the engine refuses it. */
  async open(
    { bytes, externalDataRoot }: Model,
    { memoryPattern = true }: OpenOptions = {},
  ): Promise<InferenceSession> {
    const { threads = availableParallelism(), optimization = "extended", profileFolder } = this.#options;
    const settings = { externalDataRoot, threads, optimization, memoryPattern, profileFolder };
    const reply = await this.#ask({ kind: "open", model: bytes, settings });
    return new InferenceSession(reply.session, (request) => this.#ask(request));
  }

  /** The engine's version and the devices that it knows. */
  describe(): Promise<EngineDescription> {
    return this.#ask({ kind: "describe" });
  }

  /** Opens a small model on one device alone. Throws `SessionError` with the engine's reason. */
  async probe({ bytes }: Model, device: string): Promise<void> {
    await this.#ask({ kind: "probe", model: bytes, device });
  }

  /** Ends the process, at once when something is still running in it. */
  async close(): Promise<void> {
    this.#failure ??= new SessionError("internal: the inference process is closed");
    if (this.#pending.size > 0) {
      this.kill();
    } else if (this.#child.connected) {
      this.#child.disconnect();
    }
    const timer = setTimeout(() => {
      this.kill();
    }, CLOSE_TIMEOUT_MS);
    await this.#exited;
    clearTimeout(timer);
  }

  /** Ends the process at once; what it was asked fails. */
  kill(): void {
    this.#child.kill("SIGKILL");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
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
      const message: RequestMessage = { id, request };
      this.#child.send(message, (error) => {
        if (error !== null) {
          // The process is ending; how it ended says more than a closed channel.
          this.kill();
          void this.#exited.then(() => {
            this.#fail(`the inference process cannot be reached: ${error.message}`);
          });
        }
      });
    });
  }

  #receive({ id, result, peakBytes }: ReplyMessage): void {
    this.#peakBytes = Math.max(this.#peakBytes, peakBytes);
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    if (result.ok) {
      pending?.resolve(result.reply);
    } else {
      pending?.reject(new SessionError(`the inference engine failed: ${result.reason}`));
    }
  }

  #fail(message: string): void {
    this.#failure ??= new SessionError(message);
    for (const { reject } of this.#pending.values()) {
      reject(this.#failure);
    }
    this.#pending.clear();
  }
}

/** By its name in package.json, so that the compiled module is found from the sources as well. */
function workerModule(): string {
  try {
    return createRequire(import.meta.url).resolve("#inference-worker");
  } catch (error) {
    throw new SessionError(
      `the inference process cannot be started: the package is incomplete, expected its module #inference-worker, got: ${firstLine(reasonOf(error))}`,
      { cause: error },
    );
  }
}

/** Of what a process wrote before it ended, the line that says why: Node prints a stack and its version after it. */
function lastWords(stderr: string): string {
  const lines = stderr
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !/^(?:at |Node\.js v)/.test(line));
  return lines.find((line) => /^\w*Error\b.*: /.test(line)) ?? lines.at(-1) ?? "";
}

function firstLine(text: string): string {
  return text.split("\n", 1)[0] ?? "";
}

/** A network that is ready to run in an inference process. */
export class InferenceSession {
  constructor(
    private readonly id: number,
    private readonly ask: <Kind extends Request["kind"]>(request: RequestOf<Kind>) => Promise<Replies[Kind]>,
  ) {}

  /** Runs once; inputs and outputs by name. */
  async run(feeds: Feeds): Promise<Feeds> {
    const { outputs } = await this.ask({ kind: "run", session: this.id, feeds });
    return outputs;
  }

  async release(): Promise<void> {
    await this.ask({ kind: "release", session: this.id });
  }
}
