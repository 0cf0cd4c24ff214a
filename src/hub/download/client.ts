/**
 * Requests to the Hub. Redirects are followed here, one by one, so that the token goes to the Hub's own address and to no other,
 * and no message ever holds a token or a signed address. Reference: huggingface_hub, file_download.py and hf_api.py.
 */
import type { Dispatcher } from "undici";
import { HubError, reasonOf } from "../../errors.js";
import { ConnectionFailure } from "../../net/connection-failure.js";
import { Connections } from "../../net/connections.js";
import type { HubEnvironment } from "../environment.js";
import { HostWaits } from "./host-waits.js";
import { AskedToWait, type Pace, PassingProblem, persist, USUAL_PACE } from "./persistence.js";
import { type Asked, refusal } from "./refusal.js";

const MOST_REDIRECTS = 5;
/** A server that refuses one request so often, after the waits that it asked for, does not mean what it says. */
const MOST_REFUSALS = 30;
/** Bodies of listings and configurations; what is larger is no such thing. */
const MOST_TEXT_BYTES = 64 * 1024 * 1024;

export interface HubClientOptions {
  readonly environment: HubEnvironment;
  /** `kandinsky3/1.2.3`. */
  readonly userAgent: string;
  readonly signal?: AbortSignal | undefined;
  readonly pace?: Pace;
  /** Told about every failure that is followed by another attempt. */
  readonly onRetry?: (reason: string) => void;
}

/** What is asked of a repository. */
export type Subject = Pick<Asked, "repository" | "revision" | "path">;

export interface HubResponse {
  readonly status: number;
  /** The address that finally answered, without its query, which may be a signature. */
  readonly place: string;
  /** A header of the Hub's own answer, or of whom it redirected to; the Hub's word counts first. */
  header(name: string): string | undefined;
  readonly body: Dispatcher.ResponseData["body"];
}

export class HubClient {
  readonly environment: HubEnvironment;
  readonly pace: Pace;
  readonly signal: AbortSignal | undefined;
  readonly #options: HubClientOptions;
  readonly #connections: Connections;
  readonly #waits: HostWaits;

  constructor(options: HubClientOptions, shared?: HubClient) {
    this.#options = options;
    this.environment = options.environment;
    this.pace = options.pace ?? USUAL_PACE;
    this.signal = options.signal;
    const { variables, metadataTimeoutMs, downloadTimeoutMs } = this.environment;
    this.#waits = shared === undefined ? new HostWaits() : shared.#waits;
    this.#connections =
      shared === undefined
        ? new Connections({
            env: variables,
            answerTimeoutMs: metadataTimeoutMs,
            silenceTimeoutMs: downloadTimeoutMs,
          })
        : shared.#connections;
  }

  /** The same client over the same connections, with the same waits, stopped by another signal. */
  withSignal(signal: AbortSignal): HubClient {
    return new HubClient({ ...this.#options, signal }, this);
  }

  /** Tells that an attempt failed and another follows. */
  readonly noteRetry = (reason: string): void => {
    this.#options.onRetry?.(reason);
  };

  /** A whole small body, tried until it is there. Throws `HubError`. */
  async read(
    address: string,
    subject: Subject,
  ): Promise<{ readonly bytes: Uint8Array; readonly link: string | undefined }> {
    return persist(
      async () => {
        const response = await this.open(address, subject);
        return { bytes: await this.#wholeBody(response), link: response.header("link") };
      },
      { pace: this.pace, signal: this.signal, onRetry: this.noteRetry },
    );
  }

  /**
   * One attempt: the answer to a GET, its body still unread. Waits that a server asks for are kept to, and are no failures. Throws `PassingProblem` for what may pass, `HubError` otherwise.
   * @param range bytes to ask for, the last one included
   */
  async open(
    address: string,
    subject: Subject,
    range?: { readonly first: number; readonly last: number },
  ): Promise<HubResponse> {
    for (let refusals = 1; ; refusals++) {
      try {
        return await this.#follow(address, subject, range);
      } catch (thrown) {
        if (!(thrown instanceof AskedToWait)) {
          throw thrown;
        }
        if (refusals === MOST_REFUSALS) {
          throw new HubError(`${thrown.message}, ${refusals} times in a row`, { cause: thrown });
        }
        if (this.#waits.ask(thrown.host, thrown.waitMs)) {
          this.noteRetry(thrown.message);
        }
      }
    }
  }

  async #follow(
    address: string,
    subject: Subject,
    range: { readonly first: number; readonly last: number } | undefined,
  ): Promise<HubResponse> {
    const { environment } = this;
    if (environment.offline) {
      throw new HubError(`HF_HUB_OFFLINE is set, so ${subject.path ?? subject.repository} cannot be fetched`);
    }
    const token = await environment.token();
    let url = new URL(address);
    const headers: Map<string, string>[] = [];
    for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
      // The token is for the Hub alone: storage hosts get signed addresses instead.
      const withToken = token !== undefined && url.origin === new URL(environment.endpoint).origin;
      const response = await this.#send(url, { range, token: withToken ? token : undefined });
      headers.push(headersOf(response));
      const header = (name: string): string | undefined =>
        headers.map((seen) => seen.get(name.toLowerCase())).find((value) => value !== undefined);
      const target = headers.at(-1)?.get("location");
      if (isRedirect(response.statusCode) && target !== undefined) {
        await response.body.dump();
        url = redirected(url, target);
      } else if (response.statusCode >= 200 && response.statusCode < 300) {
        return { status: response.statusCode, place: url.origin + url.pathname, header, body: response.body };
      } else {
        await response.body.dump();
        const { host } = url;
        throw refusal(
          { host, status: response.statusCode, header },
          { ...subject, endpoint: environment.endpoint, withToken },
        );
      }
    }
    throw new HubError(
      `${new URL(address).host} redirects more than ${MOST_REDIRECTS} times for ${subject.path ?? subject.repository}`,
    );
  }

  /** Ends idle connections. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#connections.close();
  }

  async #send(
    url: URL,
    {
      range,
      token,
    }: {
      readonly range: { readonly first: number; readonly last: number } | undefined;
      readonly token: string | undefined;
    },
  ): Promise<Dispatcher.ResponseData> {
    const { signal } = this;
    await this.#waits.pass(url.host, signal);
    try {
      return await this.#connections.send(url, {
        headers: {
          "user-agent": this.#options.userAgent,
          "accept-encoding": "identity",
          ...(range === undefined ? {} : { range: `bytes=${range.first}-${range.last}` }),
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        },
        ...(signal === undefined ? {} : { signal }),
      });
    } catch (thrown) {
      if (!(thrown instanceof ConnectionFailure)) {
        throw thrown;
      }
      const Problem = thrown.lasting ? HubError : PassingProblem;
      throw new Problem(thrown.message, { cause: thrown });
    }
  }

  async #wholeBody({ body, place }: HubResponse): Promise<Uint8Array> {
    const chunks: Buffer[] = [];
    let length = 0;
    try {
      for await (const chunk of body as AsyncIterable<Buffer>) {
        length += chunk.length;
        if (length > MOST_TEXT_BYTES) {
          throw new HubError(`${place} has more than ${MOST_TEXT_BYTES} bytes, expected a listing or a configuration`);
        }
        chunks.push(chunk);
      }
    } catch (thrown) {
      throw thrown instanceof HubError ? thrown : connectionProblem(new URL(place), thrown);
    }
    return Buffer.concat(chunks);
  }
}

/** A connection that broke or fell silent on the way, and may come back. */
export function connectionProblem(url: URL, thrown: unknown): PassingProblem {
  return new PassingProblem(`${url.host} cannot be reached: ${reasonOf(thrown)}`, { cause: thrown });
}

function isRedirect(status: number): boolean {
  return status === 301 || status === 302 || status === 303 || status === 307 || status === 308;
}

/** Where a redirect leads. Throws `HubError` when it would give up encryption. */
function redirected(from: URL, target: string): URL {
  const url = URL.canParse(target, from.href) ? new URL(target, from) : undefined;
  if (url === undefined || (url.protocol !== "https:" && url.protocol !== from.protocol)) {
    throw new HubError(`${from.host} redirects to an address that is not ${from.protocol}, expected one that is`);
  }
  return url;
}

function headersOf({ headers }: Dispatcher.ResponseData): Map<string, string> {
  return new Map(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name.toLowerCase(), Array.isArray(value) ? value.join(", ") : value] as const],
    ),
  );
}
