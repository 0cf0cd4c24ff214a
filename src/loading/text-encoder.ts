/**
 * The text encoder of a model: its weights, or what is remembered of them once their files are gone, which is enough for prompts
 * that were embedded before.
 */
import { createHash } from "node:crypto";
import type { Stats } from "node:fs";
import { readFile, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { makeFolders } from "../files/make-folders.js";
import { placeWhole } from "../files/shared/place-whole.js";
import { z } from "zod";
import { CheckpointError, reasonOf } from "../errors.js";
import type { T5Config } from "../models/t5/config.js";
import { sourceHash } from "../checkpoint/source-hash.js";
import { dtypeOf } from "../components/precision.js";
import { NETWORK_DTYPES, type NetworkDtype, type OpenedNetwork } from "../components/network.js";

export interface TextEncoder {
  readonly width: number;
  readonly vocabSize: number;
  /** What its weights are stored in. */
  readonly stored: NetworkDtype;
  /** The same for the same weights. Throws `CheckpointError` when they cannot be read. */
  readonly fingerprint: () => Promise<string>;
  /** Its weights, or why they cannot be opened. */
  readonly weights: OpenedNetwork<T5Config> | CheckpointError;
}

/** Throws `CheckpointError` when its files are gone. */
export function weightsOf({ weights }: TextEncoder): OpenedNetwork<T5Config> {
  if (weights instanceof CheckpointError) {
    throw weights;
  }
  return weights;
}

const recordSchema = z.object({
  width: z.int().positive(),
  vocabSize: z.int().positive(),
  stored: z.enum(NETWORK_DTYPES),
  fingerprint: z.string().regex(/^[0-9a-f]{32}$/),
});

export function storedEncoder(part: OpenedNetwork<T5Config>): TextEncoder {
  let hash: Promise<string> | undefined;
  return {
    width: part.config.d_model,
    vocabSize: part.config.vocab_size,
    stored: dtypeOf(part.source.scheme),
    fingerprint: () => (hash ??= fingerprintOf(part)),
    weights: part,
  };
}

/** Files that were written to count as others: a changed byte anywhere may change every prompt. */
async function fingerprintOf({ config, source }: OpenedNetwork<T5Config>): Promise<string> {
  const files = [...new Set([...source.tensors.values()].map(({ file }) => file))];
  try {
    const stamps = await Promise.all(files.map(async (file) => stampOf(await stat(file))));
    return await sourceHash(source, [config, ...stamps]);
  } catch (error) {
    throw error instanceof CheckpointError
      ? error
      : new CheckpointError(`${source.name} cannot be read: ${reasonOf(error)}`, { cause: error });
  }
}

function stampOf({ size, mtimeMs }: Stats): readonly [number, number] {
  return [size, mtimeMs];
}

/** What `rememberEncoder` kept of a model whose encoder cannot be opened for `reason`; throws the reason when it kept nothing. */
export async function rememberedEncoder(
  caches: string,
  model: ModelIdentity,
  reason: CheckpointError,
): Promise<TextEncoder> {
  const record = recordSchema.safeParse(await readRecord(recordFile(caches, model)));
  if (!record.success) {
    throw reason;
  }
  const { fingerprint, ...known } = record.data;
  return { ...known, fingerprint: () => Promise.resolve(fingerprint), weights: reason };
}

/** Keeps what `rememberedEncoder` needs. A disk that refuses is no harm. */
export async function rememberEncoder(caches: string, model: ModelIdentity, encoder: TextEncoder): Promise<void> {
  const { width, vocabSize, stored } = encoder;
  const file = recordFile(caches, model);
  const record: z.infer<typeof recordSchema> = { width, vocabSize, stored, fingerprint: await encoder.fingerprint() };
  try {
    await makeFolders(dirname(file));
    await placeWhole(file, (temporary) => writeFile(temporary, JSON.stringify(record)));
  } catch {
    // Without the record the encoder's files are needed.
  }
}

/** A model folder as it was opened. */
export interface ModelIdentity {
  /** Absolute path. */
  readonly path: string;
  readonly variant: string | undefined;
}

function recordFile(caches: string, { path, variant }: ModelIdentity): string {
  const name = createHash("sha256")
    .update(JSON.stringify([path, variant ?? ""]))
    .digest("hex");
  return join(caches, "encoders", `${name.slice(0, 32)}.json`);
}

async function readRecord(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, "utf8"));
  } catch {
    return undefined;
  }
}
