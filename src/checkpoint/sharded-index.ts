/**
 * A checkpoint in several files: the index (`*.safetensors.index.json`, `*.bin.index.json`) says in its `weight_map` which shard holds
 * each tensor. Index and shards must agree on every tensor. Reference: transformers' save_pretrained and diffusers'
 * _get_checkpoint_shard_files. The index's `metadata.total_size` is not compared: writers disagree on what it counts.
 */
import { dirname, join } from "node:path";
import { CheckpointError } from "../errors.js";
import { FileProblem, pathKind, readSmallFile } from "../files/local-file.js";
import { capped, quoted, quotedList } from "../text/quote.js";
import { readSafetensorsHeader } from "./safetensors/safetensors.js";
import { isJsonObject, JsonProblem, kindOf, parseStrictJson } from "../files/strict-json.js";
import type { TensorLocation, TensorSource } from "./tensor-location.js";

/** As for a safetensors header, which says more about as many tensors. */
const MAX_INDEX_BYTES = 100_000_000;

/** What shards are: their extension, without its dot, and how one is opened. */
export interface ShardFormat {
  readonly extension: string;
  readonly read: (file: string, name: string) => Promise<TensorSource>;
}

export const SAFETENSORS_SHARDS: ShardFormat = { extension: "safetensors", read: readSafetensorsHeader };

/** Opens every shard that the index lists. `name` stands for the index in messages. Throws `CheckpointError`. */
export async function readShardedIndex(
  file: string,
  name = file,
  format: ShardFormat = SAFETENSORS_SHARDS,
): Promise<TensorSource> {
  const weightMap = await readWeightMap(file, name, format.extension);
  const shards = [...new Set(weightMap.values())];
  await requireShards(dirname(file), shards, name);

  const tensors = new Map<string, TensorLocation>();
  const unlisted: string[] = [];
  for (const shard of shards) {
    const source = await format.read(join(dirname(file), shard), join(dirname(name), shard));
    for (const [key, location] of source.tensors) {
      if (weightMap.get(key) === shard) {
        tensors.set(key, location);
      } else {
        unlisted.push(key);
      }
    }
  }
  const absent = [...weightMap.keys()].filter((key) => !tensors.has(key));
  const problems = [
    ...(absent.length > 0 ? [`the shards lack tensors that the index lists for them: ${quotedList(absent)}`] : []),
    ...(unlisted.length > 0
      ? [`shards hold tensors that the index does not list for them: ${quotedList(unlisted)}`]
      : []),
  ];
  if (problems.length > 0) {
    const details = [
      ...absent.map((key) => `${quoted(key)} is not in the shard that the index names`),
      ...unlisted.map((key) => `${quoted(key)} is in a shard that the index does not name for it`),
    ];
    throw new CheckpointError(`${name}: ${problems.join("; ")}`, { details });
  }
  return { name, tensors };
}

async function readWeightMap(file: string, name: string, extension: string): Promise<ReadonlyMap<string, string>> {
  const root = await readIndex(file, name);
  const listed = isJsonObject(root) ? root["weight_map"] : undefined;
  if (!isJsonObject(listed)) {
    throw new CheckpointError(
      `${name}: "weight_map" is ${kindOf(listed)}, expected an object of tensor and file names`,
    );
  }
  const weightMap = new Map<string, string>();
  for (const [key, shard] of Object.entries(listed)) {
    // A plain name cannot leave the folder of the index, on any system.
    if (typeof shard !== "string" || !(/^[^/\\:\p{Cc}]+$/u.test(shard) && shard.endsWith(`.${extension}`))) {
      const got = typeof shard === "string" ? quoted(shard) : kindOf(shard);
      throw new CheckpointError(
        `${name}: "weight_map" has ${got} at ${quoted(key)}, expected the plain name of a .${extension} file`,
      );
    }
    weightMap.set(key, shard);
  }
  if (weightMap.size === 0) {
    throw new CheckpointError(`${name}: "weight_map" is empty, expected at least one tensor`);
  }
  return weightMap;
}

async function readIndex(file: string, name: string): Promise<unknown> {
  try {
    return parseStrictJson(await readSmallFile(file, MAX_INDEX_BYTES));
  } catch (error) {
    if (error instanceof FileProblem || error instanceof JsonProblem) {
      throw new CheckpointError(`${name} ${error.message}`, { cause: error });
    }
    throw error;
  }
}

/** A download that broke off lacks several shards; all are named at once. */
async function requireShards(folder: string, shards: readonly string[], name: string): Promise<void> {
  const missing: string[] = [];
  for (const shard of shards) {
    try {
      if ((await pathKind(join(folder, shard))) === "missing") {
        missing.push(quoted(shard));
      }
    } catch (error) {
      if (!(error instanceof FileProblem)) {
        throw error;
      }
      missing.push(`${quoted(shard)} (it ${error.message})`);
    }
  }
  if (missing.length > 0) {
    throw new CheckpointError(`${name}: ${missing.length} of ${shards.length} shards are missing: ${capped(missing)}`, {
      details: missing.map((shard) => `${shard} is missing`),
    });
  }
}
