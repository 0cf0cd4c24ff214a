/**
 * What a PyTorch checkpoint holds once its pickle is read: plain values, dictionaries, lists, and tensors that are described by
 * their storage and strides. Nothing in it can be called, and no weight is among it.
 */
import type { DType } from "../../tensor/dtype.js";
import type { Shape } from "../../tensor/shape.js";

/** What is wrong with a PyTorch file, as the rest of a sentence; callers add which file it is. */
export class TorchProblem extends Error {}

/** A run of elements that tensors share, by the key under which the container stores its bytes. */
export class TorchStorage {
  constructor(
    readonly key: string,
    readonly dtype: DType,
    readonly elements: number,
  ) {}
}

/** A view of a storage. `offset` and `stride` count elements; all of the view lies inside the storage. */
export class TorchTensor {
  constructor(
    readonly storage: TorchStorage,
    readonly dtype: DType,
    readonly offset: number,
    readonly shape: Shape,
    readonly stride: readonly number[],
  ) {}
}

/** A name that a pickle refers to, as `torch.float16`; every one of them is on the list of what is harmless. */
export class TorchGlobal {
  constructor(readonly name: string) {}
}

/** Lists and tuples are arrays; tuples are frozen ones. */
export type TorchValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | readonly TorchValue[]
  | ReadonlyMap<TorchValue, TorchValue>
  | TorchStorage
  | TorchTensor
  | TorchGlobal;

/** Where the bytes of a storage lie in the file. */
export interface StoragePlace {
  readonly offset: number;
  /** Bytes of the storage, unpacked. */
  readonly length: number;
  /** Set when the file holds them deflated, in so many bytes. */
  readonly deflated?: { readonly length: number };
}

export interface TorchContent {
  readonly root: TorchValue;
  /** By storage key, one for every storage of the tensors below `root`. */
  readonly places: ReadonlyMap<string, StoragePlace>;
}

/** `a dictionary`, `a tensor`, ..., for messages. */
export function describeKind(value: TorchValue | undefined): string {
  if (value === undefined || value === null) {
    return value === null ? "None" : "missing";
  }
  if (typeof value !== "object") {
    return typeof value === "string" ? "a text" : typeof value === "boolean" ? "a boolean" : "a number";
  }
  if (value instanceof Map) {
    return "a dictionary";
  }
  if (value instanceof Uint8Array) {
    return "bytes";
  }
  if (value instanceof TorchTensor) {
    return "a tensor";
  }
  return value instanceof TorchStorage ? "a storage" : value instanceof TorchGlobal ? "a name" : "a list";
}

/** The value as a list or tuple, or undefined. */
export function asArray(value: TorchValue | undefined): readonly TorchValue[] | undefined {
  return Array.isArray(value) ? (value as readonly TorchValue[]) : undefined;
}

/** The value as a dictionary, or undefined. */
export function asMap(value: TorchValue | undefined): ReadonlyMap<TorchValue, TorchValue> | undefined {
  return value instanceof Map ? value : undefined;
}
