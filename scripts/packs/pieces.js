/** Cuts a file where its numbers begin and end, so that each run of numbers of one type is packed as such. */
import { readFileSync } from "node:fs";
import { locateTensors } from "../../dist/checkpoint/torch/locate-tensors.js";
import { readTorchFile } from "../../dist/checkpoint/torch/torch-file.js";
import { asMap, TorchTensor } from "../../dist/checkpoint/torch/torch-value.js";
import { readSafetensorsHeader } from "../../dist/checkpoint/safetensors/safetensors.js";
import { itemSize } from "../../dist/tensor/dtype.js";
import { CheckpointError } from "../../dist/errors.js";

/**
 * A run of numbers, or of other bytes (`width` 1, no name).
 *
 * @typedef {object} Piece
 * @property {Buffer} bytes
 * @property {number} width bytes of a number
 * @property {string} [name] of the tensor
 * @property {string} [dtype]
 * @property {readonly number[]} [shape]
 */

const NPY_TYPE = /'descr': '[<|][a-z](\d)'/;
const NPY_LENGTH_AT = 8;

/**
 * All bytes of a file in their order.
 *
 * @param {string} path
 * @returns {Promise<Piece[]>}
 */
export async function cutFile(path) {
  const bytes = readFileSync(path);
  if (path.endsWith(".npy")) {
    return cutArray(bytes);
  }
  if (path.endsWith(".json")) {
    return [{ bytes, width: 1 }];
  }
  const located = path.endsWith(".safetensors") ? readSafetensorsHeader(path) : locateTorch(path);
  const tensors = await located.catch((error) => {
    if (error instanceof CheckpointError) {
      return { tensors: new Map() }; // One of the damaged ones: plain bytes.
    }
    throw error;
  });
  return cutTensors(path, bytes, tensors.tensors);
}

/** @param {Buffer} bytes */
function cutArray(bytes) {
  const start = NPY_LENGTH_AT + 2 + (bytes.length > NPY_LENGTH_AT + 1 ? bytes.readUInt16LE(NPY_LENGTH_AT) : 0);
  const width = Number(NPY_TYPE.exec(bytes.toString("latin1", 0, start))?.[1] ?? 1);
  if (start >= bytes.length || (bytes.length - start) % width !== 0) {
    return [{ bytes, width: 1 }];
  }
  return [
    { bytes: bytes.subarray(0, start), width: 1 },
    { bytes: bytes.subarray(start), width },
  ];
}

/** @param {string} path */
async function locateTorch(path) {
  const torch = await readTorchFile(path);
  return { tensors: await locateTensors(torch, collectTensors(torch.root)) };
}

/**
 * Every tensor in nested dictionaries, by its path.
 *
 * @returns {Map<string, TorchTensor>}
 */
function collectTensors(value, path = "", found = new Map()) {
  if (value instanceof TorchTensor) {
    found.set(path, value);
  }
  for (const [key, child] of asMap(value) ?? []) {
    collectTensors(child, path === "" ? String(key) : `${path}.${String(key)}`, found);
  }
  return found;
}

function cutTensors(path, bytes, tensors) {
  const pieces = [];
  let end = 0;
  const inPlace = [...tensors].filter(([, { file, length }]) => file === path && length > 0);
  for (const [name, { offset, length, dtype, shape }] of inPlace.sort(([, a], [, b]) => a.offset - b.offset)) {
    if (offset < end) {
      continue; // A second name of bytes that have been cut already.
    }
    if (offset > end) {
      pieces.push({ bytes: bytes.subarray(end, offset), width: 1 });
    }
    end = offset + length;
    pieces.push({ bytes: bytes.subarray(offset, end), width: itemSize(dtype), name, dtype, shape });
  }
  return end < bytes.length ? [...pieces, { bytes: bytes.subarray(end), width: 1 }] : pieces;
}
