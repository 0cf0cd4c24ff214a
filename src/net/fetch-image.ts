/** An image from the web, as `load_image` of diffusers takes it: over the same proxies as models, within bounds of bytes and time. */
import { ImageError, reasonOf } from "../errors.js";
import { formatSize } from "../text/byte-size.js";
import { type AddressRule, checkedLookup, requireAllowed } from "./checked-lookup.js";
import { Connections } from "./connections.js";
import { isPublicAddress } from "./public-address.js";

const MOST_BYTES = 64 * 1024 * 1024;
const MOST_SECONDS = 60;
const ANSWER_TIMEOUT_MS = 20_000;
const MOST_REDIRECTS = 5;

export interface FetchedImage {
  /** Without what may be secret: user, password and query. */
  readonly address: string;
  readonly bytes: Uint8Array;
}

/** Whether an input is the address of something on the web. */
export function isWebAddress(input: unknown): input is string | URL {
  return input instanceof URL
    ? /^https?:$/.test(input.protocol)
    : typeof input === "string" && /^https?:\/\//i.test(input);
}

/** From where images are fetched: from anywhere, from hosts of the public internet alone, or not at all. */
export const WEB_RULES = ["any", "public", "none"] as const;
export type WebRule = (typeof WEB_RULES)[number];

export interface FetchOptions {
  readonly signal?: AbortSignal | undefined;
  /** Holds for every host that is asked, those of redirects included; any host is when it is left out. */
  readonly rule?: AddressRule | undefined;
}

/** Under a rule for those who fetch what others name. Throws `ImageError`. */
export async function fetchImageUnder(web: WebRule, input: string | URL, signal?: AbortSignal): Promise<FetchedImage> {
  if (web === "none") {
    throw new ImageError(`the image ${shown(parse(input))} is not fetched: addresses of the web are not taken here`);
  }
  return fetchImage(input, { signal, rule: web === "public" ? { allows: isPublicAddress } : undefined });
}

/** Throws `ImageError`, one sentence whatever fails. */
export async function fetchImage(input: string | URL, { signal, rule }: FetchOptions = {}): Promise<FetchedImage> {
  const start = parse(input);
  const address = shown(start);
  const connections = new Connections({
    env: process.env,
    answerTimeoutMs: ANSWER_TIMEOUT_MS,
    silenceTimeoutMs: ANSWER_TIMEOUT_MS,
    lookup: rule === undefined ? undefined : checkedLookup(rule),
  });
  const timeout = AbortSignal.timeout(MOST_SECONDS * 1000);
  const bound = signal === undefined ? timeout : AbortSignal.any([timeout, signal]);
  try {
    return { address, bytes: await download(connections, start, bound, rule) };
  } catch (thrown) {
    const reason = timeout.aborted ? `it took more than ${MOST_SECONDS} s` : reasonOf(thrown);
    throw new ImageError(`the image ${address} cannot be fetched: ${reason}`, { cause: thrown });
  } finally {
    await connections.close();
  }
}

async function download(
  connections: Connections,
  start: URL,
  signal: AbortSignal,
  rule: AddressRule | undefined,
): Promise<Uint8Array> {
  let url = start;
  for (let redirects = 0; ; redirects++) {
    if (rule !== undefined) {
      requireAllowed(url, rule);
    }
    const { statusCode, headers, body } = await connections.send(url, { headers: { accept: "image/*" }, signal });
    const location = headers["location"];
    if (statusCode >= 300 && statusCode < 400 && typeof location === "string") {
      await body.dump();
      if (redirects === MOST_REDIRECTS) {
        throw new ImageError(`it is redirected more than ${MOST_REDIRECTS} times`);
      }
      url = parse(new URL(location, url));
      continue;
    }
    if (statusCode !== 200) {
      await body.dump();
      throw new ImageError(`${url.host} answers ${statusCode}, expected 200`);
    }
    const chunks: Uint8Array[] = [];
    let length = 0;
    for await (const chunk of body as AsyncIterable<Uint8Array>) {
      chunks.push(chunk);
      length += chunk.length;
      if (length > MOST_BYTES) {
        throw new ImageError(`it has more than ${formatSize(MOST_BYTES)}`);
      }
    }
    return Buffer.concat(chunks, length);
  }
}

/** Without what may be secret. */
function shown({ origin, pathname }: URL): string {
  return `${origin}${pathname}`;
}

function parse(input: string | URL): URL {
  const url = URL.canParse(String(input)) ? new URL(String(input)) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new ImageError(
      `the image ${JSON.stringify(String(input))} has no address of the web, expected https:// or http://`,
    );
  }
  return url;
}
