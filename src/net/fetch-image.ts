/** An image from the web, as `load_image` of diffusers takes it: over the same proxies as models, within bounds of bytes and time. */
import { ImageError, reasonOf } from "../errors.js";
import { formatSize } from "../text/byte-size.js";
import { Connections } from "./connections.js";

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

/** Throws `ImageError`, one sentence whatever fails. */
export async function fetchImage(input: string | URL, signal?: AbortSignal): Promise<FetchedImage> {
  const start = parse(input);
  const address = `${start.origin}${start.pathname}`;
  const connections = new Connections({
    env: process.env,
    answerTimeoutMs: ANSWER_TIMEOUT_MS,
    silenceTimeoutMs: ANSWER_TIMEOUT_MS,
  });
  const timeout = AbortSignal.timeout(MOST_SECONDS * 1000);
  const bound = signal === undefined ? timeout : AbortSignal.any([timeout, signal]);
  try {
    return { address, bytes: await download(connections, start, bound) };
  } catch (thrown) {
    const reason = timeout.aborted ? `it took more than ${MOST_SECONDS} s` : reasonOf(thrown);
    throw new ImageError(`the image ${address} cannot be fetched: ${reason}`, { cause: thrown });
  } finally {
    await connections.close();
  }
}

async function download(connections: Connections, start: URL, signal: AbortSignal): Promise<Uint8Array> {
  let url = start;
  for (let redirects = 0; ; redirects++) {
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

function parse(input: string | URL): URL {
  const url = URL.canParse(String(input)) ? new URL(String(input)) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new ImageError(
      `the image ${JSON.stringify(String(input))} has no address of the web, expected https:// or http://`,
    );
  }
  return url;
}
