/**
 * The program's side of the inference process. One process serves one component: when it ends, all its memory goes back to the
 * system, and its peak is that component's peak.
 */
import { type ChildProcess, fork } from "node:child_process";
import type { Socket } from "node:net";
import { childModule } from "../files/child-module.js";
import type { EngineOptions } from "./engine.js";
import { READY, type ReplyMessage, type RequestMessage } from "./protocol.js";
import { findEngine, REPAIR } from "./platform-engine.js";
import { NO_TELEMETRY } from "./no-telemetry.js";
import { RequestEngine } from "./request-engine.js";

/** How long an idle process may take to end by itself before it is killed. */
const CLOSE_TIMEOUT_MS = 2_000;
/** How long the last words of a process that ended are waited for. */
const LAST_WORDS_MS = 100;

/** How long its first message is waited for: the engine loads in well under a second, on a busy disk in several. */
const START_TIMEOUT_MS = 60_000;
/** What a death without last words is usually about. */
const LIKELY_CAUSES: Partial<Record<NodeJS.Signals, string>> = {
  SIGKILL: "out of memory, or killed from outside",
  SIGABRT: "the engine gave up, as it does without memory or when no more threads may be started",
  SIGBUS: "a weight file that shrank or a disk that failed while it was read",
  SIGILL: "this processor lacks an instruction that the engine uses",
  SIGSEGV: "a fault inside the engine, or a weight file that changed while it was read",
  SIGSYS: "a sandbox that forbids what the engine asks of the system",
};

/** Signals that a process gets whose engine is not all there, while it loads it. */
const DAMAGE: ReadonlySet<NodeJS.Signals> = new Set(["SIGBUS", "SIGSEGV"]);
/** How the last words of a process begin that could not load the engine. */
const UNLOADED = "SessionError: ";

export class InferenceProcess extends RequestEngine {
  readonly #child: ChildProcess;
  readonly #exited: Promise<void>;

  private constructor(options: EngineOptions) {
    super(options);
    const engine = findEngine(); // Before a process is started, which could say less well that there is none.
    this.#child = fork(childModule(new URL("./inference-worker.js", import.meta.url), "the inference process"), {
      serialization: "advanced",
      env: { ...process.env, ...NO_TELEMETRY },
      execArgv: [],
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    });
    this.waiting(false);
    const stderr: string[] = [];
    let ready = false;
    this.#child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      stderr.push(text);
      stderr.splice(0, stderr.length - 20);
    });
    const { startTimeoutMs = START_TIMEOUT_MS } = options;
    const silent = setTimeout(() => {
      this.fail(
        `the inference process did not start within ${startTimeoutMs / 1000} s; a limit on processes or threads, or a machine that has no time for it, is the likely cause`,
      );
      this.#end();
    }, startTimeoutMs).unref();
    this.#child.on("message", (message) => {
      clearTimeout(silent);
      if (message === READY) {
        ready = true;
      } else {
        this.receive(message as ReplyMessage);
      }
    });
    this.#exited = new Promise((resolve) => {
      // Not "close": Node does not emit it once the parent has disconnected.
      this.#child.on("exit", (code, signal) => {
        const explain = (): void => {
          const reason = lastWords(stderr.join(""));
          if (!ready && signal !== null && DAMAGE.has(signal)) {
            this.fail(`ONNX Runtime does not load from ${engine} (${signal}, as of damaged files); ${REPAIR}`);
          } else if (!ready && reason.startsWith(UNLOADED)) {
            this.fail(reason.slice(UNLOADED.length));
          }
          const how = signal === null ? `exit code ${code ?? 0}` : `signal ${signal}`;
          const hint = signal === null ? "" : `; ${LIKELY_CAUSES[signal] ?? "killed from outside"}`;
          this.fail(`the inference process ended early (${how}${hint})${reason === "" ? "" : `: ${reason}`}`);
          resolve();
        };
        // What an unexpected end was about may still be on its way through the pipe.
        setTimeout(explain, super.ended ? 0 : LAST_WORDS_MS);
      });
      this.#child.on("error", (error) => {
        this.fail(`the inference process could not be started: ${error.message}`);
        resolve();
      });
    });
  }

  /** Starts a process; the engine loads while the caller goes on. */
  static start(options: EngineOptions = {}): InferenceProcess {
    return new InferenceProcess(options);
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Before what it ended of is known, too: its last words are still waited for then. */
  override get ended(): boolean {
    return super.ended || this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  async close(): Promise<void> {
    this.waiting(true);
    if (this.busy) {
      this.#end();
    } else if (this.#child.connected) {
      this.#child.disconnect();
    }
    this.fail("the inference process is closed");
    const timer = setTimeout(() => {
      this.#end();
    }, CLOSE_TIMEOUT_MS);
    await this.#exited;
    clearTimeout(timer);
  }

  /** Also what it has answered by then and nobody has heard counts as not answered. */
  kill(): void {
    this.#end();
    this.fail("the inference process ended early (killed)");
  }

  #end(): void {
    this.#child.kill("SIGKILL");
  }

  /** An idle process does not keep the program running: it ends with it. */
  protected waiting(whether: boolean): void {
    const child = this.#child;
    for (const handle of [child, child.channel, child.stderr as Socket | null]) {
      if (whether) {
        handle?.ref();
      } else {
        handle?.unref();
      }
    }
  }

  protected send(message: RequestMessage): void {
    this.#child.send(message, (error) => {
      if (error !== null) {
        // The process is ending; how it ended says more than a closed channel.
        this.#end();
        void this.#exited.then(() => {
          this.fail(`the inference process cannot be reached: ${error.message}`);
        });
      }
    });
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
