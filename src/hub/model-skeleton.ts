/**
 * The outline of a model on the Hub: configurations whole, weight files as their headers followed by a hole of the right size. All
 * that reads a model without its weights works on it, and a few hundred kilobytes come over the network instead of gigabytes.
 */
import { mkdir, open } from "node:fs/promises";
import { dirname, join } from "node:path";
import { HeaderProblem } from "../checkpoint/safetensors/safetensors-header.js";
import { dataStart, LENGTH_BYTES } from "../checkpoint/safetensors/safetensors.js";
import { HubError } from "../errors.js";
import type { HubClient } from "./download/client.js";
import { connectionProblem } from "./download/client.js";
import { onDisk } from "../files/disk.js";
import { encodedPath } from "./download/download-blob.js";
import type { Listing, RepositoryFile } from "./listing.js";
import { persist } from "./download/persistence.js";

/** Enough for the headers of most files, so that one request does. */
const FIRST_BYTES = 256 * 1024;
/** No configuration is larger; a vocabulary may be, and says nothing about the size of a network. */
const MOST_CONFIG_BYTES = 16 * 1024 * 1024;

/** Writes the outline of `files` below `folder`, the tokenizer whole where it is wanted. Returns the bytes that were fetched. Throws `HubError`. */
export async function writeSkeleton(
  client: HubClient,
  listing: Listing,
  files: readonly RepositoryFile[],
  folder: string,
  { tokenizer = false }: { readonly tokenizer?: boolean } = {},
): Promise<number> {
  let fetched = 0;
  for (const file of files) {
    const path = join(folder, ...file.path.split("/"));
    await onDisk(path, () => mkdir(dirname(path), { recursive: true }));
    const weights = file.path.endsWith(".safetensors");
    const whole = file.path.endsWith(".json") || (tokenizer && file.path.startsWith("tokenizer/"));
    if (weights || (whole && file.size <= MOST_CONFIG_BYTES)) {
      const bytes = weights ? await headerOf(client, listing, file) : await part(client, listing, file, 0, file.size);
      fetched += bytes.length;
      await writeWithHole(path, bytes, file.size);
    }
  }
  return fetched;
}

async function headerOf(client: HubClient, listing: Listing, file: RepositoryFile): Promise<Buffer> {
  const first = await part(client, listing, file, 0, Math.min(FIRST_BYTES, file.size));
  if (first.length < LENGTH_BYTES) {
    throw new HubError(`${listing.repository}: ${file.path} has ${file.size} bytes, expected a safetensors file`);
  }
  let end: number;
  try {
    end = dataStart(first, file.size);
  } catch (thrown) {
    if (thrown instanceof HeaderProblem) {
      throw new HubError(`${listing.repository}: ${file.path}: ${thrown.message}`, { cause: thrown });
    }
    throw thrown;
  }
  const rest = end > first.length ? await part(client, listing, file, first.length, end) : Buffer.alloc(0);
  return Buffer.concat([first, rest]).subarray(0, end);
}

/** Bytes `begin` to `end` of a file. */
async function part(
  client: HubClient,
  listing: Listing,
  file: RepositoryFile,
  begin: number,
  end: number,
): Promise<Buffer> {
  const { repository, commit } = listing;
  const address = `${client.environment.endpoint}/${repository}/resolve/${commit}/${encodedPath(file.path)}`;
  const subject = { repository, revision: commit, path: file.path };
  return persist(
    async () => {
      if (end === begin) {
        return Buffer.alloc(0);
      }
      const response = await client.open(address, subject, { first: begin, last: end - 1 });
      if (response.status !== 206 && begin > 0) {
        response.body.on("error", () => undefined).destroy();
        throw new HubError(`${response.place} does not answer ranges, expected the bytes ${begin} to ${end - 1} alone`);
      }
      const chunks: Buffer[] = [];
      let length = 0;
      try {
        for await (const chunk of response.body as AsyncIterable<Buffer>) {
          chunks.push(chunk);
          length += chunk.length;
          if (length >= end - begin) {
            break; // A server without ranges would send the whole file.
          }
        }
      } catch (thrown) {
        throw connectionProblem(new URL(response.place), thrown);
      }
      return Buffer.concat(chunks).subarray(0, end - begin);
    },
    { pace: client.pace, signal: client.signal, onRetry: client.noteRetry },
  );
}

async function writeWithHole(path: string, bytes: Uint8Array, size: number): Promise<void> {
  await onDisk(path, async () => {
    const handle = await open(path, "w");
    try {
      await handle.writeFile(bytes);
      await handle.truncate(size);
    } finally {
      await handle.close();
    }
  });
}
