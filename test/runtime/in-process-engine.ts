/** An engine in the test's own process: the same requests and answers, without a process between them. */
import type { EngineOptions } from "../../src/runtime/engine.js";
import type { RequestMessage } from "../../src/runtime/protocol.js";
import { RequestEngine } from "../../src/runtime/request-engine.js";
import { SessionHost } from "../../src/runtime/session-host.js";

export class InProcessEngine extends RequestEngine {
  readonly #host = new SessionHost(() => process.memoryUsage.rss());

  static start(options: EngineOptions = {}): InProcessEngine {
    return new InProcessEngine(options);
  }

  /** Nothing can be stopped here in the middle of a run; what was asked fails all the same. */
  kill(): void {
    this.fail("the engine ended early (killed)");
  }

  close(): Promise<void> {
    this.fail("the engine is closed");
    return Promise.resolve();
  }

  protected waiting(): void {
    // Nothing runs here that could keep the program from ending.
  }

  protected send(message: RequestMessage): void {
    this.#host.answer(message, (reply) => {
      this.receive(reply);
    });
  }
}
