/** The connections of a client. undici, which reserves much address space, is loaded with the first request and not before. */
import type { Dispatcher, EnvHttpProxyAgent } from "undici";
import type { HubEnvironment } from "../environment.js";

export type SendRequest = (
  url: URL,
  options: Pick<Dispatcher.RequestOptions, "headers"> & { readonly signal?: AbortSignal },
) => Promise<Dispatcher.ResponseData>;

interface Opened {
  readonly agent: EnvHttpProxyAgent;
  readonly send: SendRequest;
}

export class Connections {
  #opened: Promise<Opened> | undefined;

  constructor(private readonly environment: HubEnvironment) {}

  /** What sends a GET over these connections. */
  async sender(): Promise<SendRequest> {
    this.#opened ??= open(this.environment);
    return (await this.#opened).send;
  }

  /** Ends idle connections. */
  async close(): Promise<void> {
    await (await this.#opened)?.agent.destroy();
  }
}

async function open({ metadataTimeoutMs, downloadTimeoutMs }: HubEnvironment): Promise<Opened> {
  const { EnvHttpProxyAgent, request } = await import("undici");
  const agent = new EnvHttpProxyAgent({
    headersTimeout: metadataTimeoutMs,
    bodyTimeout: downloadTimeoutMs,
    connect: { timeout: metadataTimeoutMs },
  });
  return { agent, send: (url, options) => request(url, { ...options, dispatcher: agent }) };
}
