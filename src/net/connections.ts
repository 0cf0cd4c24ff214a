/**
 * Connections as the environment wants them: through which proxy, and whose certificates are trusted. undici, which reserves much
 * address space, is loaded with the first request and not before.
 */
import type { LookupFunction } from "node:net";
import type { Dispatcher, ProxyAgent } from "undici";
import { connectionFailure, ConnectionFailure } from "./connection-failure.js";
import { type Proxy, proxyFor } from "./proxy.js";
import type { Environment } from "./settings.js";
import { trustedCertificates } from "./trusted-certificates.js";

export interface ConnectionOptions {
  readonly env: Environment;
  /** How long to wait for a connection, and then for the head of the answer. */
  readonly answerTimeoutMs: number;
  /** How long to wait for the next bytes of a body. */
  readonly silenceTimeoutMs: number;
  /** Looks names up in place of the system; connections are direct then, since a proxy would look them up itself. */
  readonly lookup?: LookupFunction | undefined;
}

/** What is sent with a GET. */
export interface Sent {
  readonly headers: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

export class Connections {
  /** By the address of the proxy; the empty one is for direct connections. */
  readonly #dispatchers = new Map<string, Dispatcher>();
  readonly #answered = new Set<string>();
  #certificates: Promise<string[] | undefined> | undefined;

  constructor(private readonly options: ConnectionOptions) {}

  /**
   * One GET, redirects not followed, the body still unread. Throws `ConnectionFailure` when no answer comes, `UsageError` for a
   * variable of the environment that is needed and cannot be used.
   */
  async send(url: URL, sent: Sent): Promise<Dispatcher.ResponseData> {
    requireAddressSpace(url);
    const { answerTimeoutMs, silenceTimeoutMs } = this.options;
    const proxy = this.options.lookup === undefined ? proxyFor(url, this.options.env) : undefined;
    const secure = url.protocol === "https:" || proxy?.address.protocol === "https:";
    const certificates = secure ? await (this.#certificates ??= trustedCertificates(this.options.env)) : undefined;
    const dispatcher = await this.#dispatcher(proxy, certificates);
    const { request } = await import("undici");
    try {
      const response = await request(url, {
        ...sent,
        dispatcher,
        headersTimeout: answerTimeoutMs,
        bodyTimeout: silenceTimeoutMs,
      });
      this.#answered.add(url.host);
      return response;
    } catch (thrown) {
      throw connectionFailure(url, thrown, { proxy, known: this.#answered.has(url.host) });
    }
  }

  /** Ends idle connections. */
  async close(): Promise<void> {
    await Promise.all([...this.#dispatchers.values()].map((dispatcher) => dispatcher.destroy()));
  }

  async #dispatcher(proxy: Proxy | undefined, certificates: string[] | undefined): Promise<Dispatcher> {
    const { Agent, ProxyAgent, Socks5ProxyAgent } = await import("undici");
    const key = `${proxy?.address.href ?? ""} ${certificates === undefined ? "" : "trusting others"}`;
    const tls = {
      timeout: this.options.answerTimeoutMs,
      ...(this.options.lookup === undefined ? {} : { lookup: this.options.lookup }),
      ...(certificates === undefined ? {} : { ca: certificates }),
    };
    const made = this.#dispatchers.get(key);
    if (made !== undefined) {
      return made;
    }
    if (proxy?.address.protocol === "socks5:") {
      warnNobodyOfSocks(() => new Socks5ProxyAgent(proxy.address));
    }
    const dispatcher = proxy === undefined ? new Agent({ connect: tls }) : new ProxyAgent(proxyOptions(proxy, tls));
    this.#dispatchers.set(key, dispatcher);
    return dispatcher;
  }
}

/** Node has it, and its types have not. */
const { Memory: MEMORY } = (
  globalThis as unknown as {
    readonly WebAssembly: { readonly Memory: new (size: { readonly initial: number }) => { grow(by: number): number } };
  }
).WebAssembly;

/** undici's WebAssembly reserves gigabytes of addresses, and fails where nobody can catch it when it gets none. */
function requireAddressSpace({ host }: URL): void {
  try {
    const memory = new MEMORY({ initial: 1 });
    memory.grow(0);
  } catch (thrown) {
    throw new ConnectionFailure(
      `${host} cannot be asked: a connection needs more address space than this process may have (ulimit -v), expected no such limit`,
      true,
      thrown,
    );
  }
}

/**
 * undici warns of SOCKS when it makes its first agent for it, in the midst of a request. That one is made here and thrown away: whoever
 * uses this program can do nothing about the warning.
 */
function warnNobodyOfSocks(makeAgent: () => Dispatcher): void {
  const usual: unknown = Reflect.get(process, "emitWarning");
  process.emitWarning = () => undefined; // Nothing else runs meanwhile.
  try {
    void makeAgent().destroy();
  } finally {
    Reflect.set(process, "emitWarning", usual);
  }
}

/** User name and password go by themselves: undici would leave out one without the other, and not decode them for SOCKS. */
function proxyOptions(
  { address, username, password }: Proxy,
  tls: { readonly timeout: number; readonly ca?: string[] },
): ProxyAgent.Options {
  const named = username !== "" || password !== "";
  const token = `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
  return {
    uri: address.href,
    requestTls: tls,
    // undici would speak TLS to a SOCKS proxy that has this.
    ...(address.protocol === "socks5:" ? {} : { proxyTls: tls }),
    ...(named ? { token, username, password } : {}),
  };
}
