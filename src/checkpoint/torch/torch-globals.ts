/**
 * The only names that a checkpoint's pickle may refer to, and what stands for a call of them here: tensors are described, not
 * made, and everything else is data. Reference: torch/_utils.py (the _rebuild functions) and torch/_weights_only_unpickler.py.
 */
import { itemSize, type DType } from "../../tensor/dtype.js";
import { shapeSize, formatShape } from "../../tensor/shape.js";
import { quoted } from "../../text/quote.js";
import { quantizationOfClass, refusal } from "../quantized/foreign-quantization.js";
import {
  asArray,
  describeKind,
  TorchGlobal,
  TorchProblem,
  TorchStorage,
  TorchTensor,
  type TorchValue,
} from "./torch-value.js";

type Arguments = readonly TorchValue[];

/** torch allows 64 dimensions in an iteration; no layer has more than 6. */
const MOST_DIMENSIONS = 64;

const STORAGE_DTYPES: Readonly<Record<string, DType>> = {
  DoubleStorage: "float64",
  FloatStorage: "float32",
  HalfStorage: "float16",
  BFloat16Storage: "bfloat16",
  LongStorage: "int64",
  IntStorage: "int32",
  ShortStorage: "int16",
  CharStorage: "int8",
  ByteStorage: "uint8",
  BoolStorage: "bool",
};

const DTYPES_BY_NAME: ReadonlyMap<string, DType> = new Map(
  (
    [
      ["float64", "double"],
      ["float32", "float"],
      ["float16", "half"],
      ["bfloat16"],
      ["int64", "long"],
      ["int32", "int"],
      ["int16", "short"],
      ["int8"],
      ["uint8"],
      ["bool"],
    ] as const
  ).flatMap(([dtype, ...others]) => [dtype, ...others].map((name) => [`torch.${name}`, dtype] as const)),
);

/** Element type of each class of storages; an untyped one counts bytes. Old files name CUDA's classes. */
const STORAGES: ReadonlyMap<string, DType> = new Map([
  ...Object.entries(STORAGE_DTYPES).flatMap(([name, dtype]) => [
    [`torch.${name}`, dtype] as const,
    [`torch.cuda.${name}`, dtype] as const,
  ]),
  ["torch.storage.UntypedStorage", "uint8"],
  ["torch.UntypedStorage", "uint8"],
]);

const CALLS: ReadonlyMap<string, (args: Arguments) => TorchValue> = new Map([
  ["collections.OrderedDict", orderedDict],
  [
    "torch._utils._rebuild_tensor_v2",
    ([storage, offset, shape, stride]: Arguments) => tensor(storage, offset, shape, stride),
  ],
  [
    "torch._utils._rebuild_tensor_v3",
    ([storage, offset, shape, stride, , , dtype]: Arguments) => tensor(storage, offset, shape, stride, dtypeOf(dtype)),
  ],
  ["torch._utils._rebuild_parameter", firstTensor],
  ["torch._utils._rebuild_parameter_with_state", firstTensor],
  ["torch.Size", ([sizes = []]: Arguments) => Object.freeze([...sizesOf(sizes, "torch.Size")])],
  ["torch.device", ([name = ""]: Arguments) => (typeof name === "string" ? name : describeKind(name))],
]);

/** Looks a name up. Throws `TorchProblem` with the name when it is not on the list. */
export function resolveGlobal(module: TorchValue, name: TorchValue): TorchGlobal {
  if (typeof module !== "string" || typeof name !== "string") {
    throw new TorchProblem(`its pickle refers to a name that is ${describeKind(name)}, expected a text`);
  }
  const full = `${module}.${name}`;
  if (!CALLS.has(full) && !STORAGES.has(full) && !DTYPES_BY_NAME.has(full)) {
    const quantization = quantizationOfClass(full);
    if (quantization !== undefined) {
      throw new TorchProblem(refusal(quantization));
    }
    throw new TorchProblem(
      `its pickle refers to ${quoted(full)}, expected only what tensors are stored with (nothing of the file was executed)`,
    );
  }
  return new TorchGlobal(full);
}

/** What a call of `target` would have made. Throws `TorchProblem` when it cannot be called, or not so. */
export function callGlobal(target: TorchValue, args: TorchValue): TorchValue {
  const call = target instanceof TorchGlobal ? CALLS.get(target.name) : undefined;
  if (call === undefined) {
    const what = target instanceof TorchGlobal ? quoted(target.name) : describeKind(target);
    throw new TorchProblem(`its pickle calls ${what}, which cannot be called`);
  }
  const list = asArray(args);
  if (list === undefined) {
    throw new TorchProblem(`its pickle passes ${describeKind(args)} as arguments, expected a tuple`);
  }
  return call(list);
}

/** The storage that a persistent id stands for: `("storage", class, key, location, elements, view)`. Locations are ignored. */
export function storageOf(id: TorchValue): TorchStorage {
  const [tag, type, key, , elements, view] = asArray(id) ?? [];
  if (tag !== "storage") {
    throw new TorchProblem(`its pickle has a persistent id that is ${describeKind(tag)}, expected a storage's`);
  }
  const dtype = type instanceof TorchGlobal ? STORAGES.get(type.name) : undefined;
  if (dtype === undefined) {
    const got = type instanceof TorchGlobal ? quoted(type.name) : describeKind(type);
    throw new TorchProblem(`a storage's class is ${got}, expected one of ${[...STORAGES.keys()].join(" ")}`);
  }
  if (typeof key !== "string") {
    throw new TorchProblem(`a storage's key is ${describeKind(key)}, expected a text`);
  }
  if (view !== undefined && view !== null) {
    throw new TorchProblem(`storage ${quoted(key)} is a view of another one, as before PyTorch 0.4, which is not read`);
  }
  return new TorchStorage(key, dtype, sizeOf(elements, `storage ${quoted(key)}: its size`));
}

function orderedDict([pairs = []]: Arguments): TorchValue {
  const dictionary = new Map<TorchValue, TorchValue>();
  for (const pair of asArray(pairs) ?? [pairs]) {
    const [key, value, ...more] = asArray(pair) ?? [];
    if (key === undefined || value === undefined || more.length > 0) {
      throw new TorchProblem(`an OrderedDict is made from ${describeKind(pair)}, expected pairs of keys and values`);
    }
    dictionary.set(key, value);
  }
  return dictionary;
}

function firstTensor([data]: Arguments): TorchValue {
  if (!(data instanceof TorchTensor)) {
    throw new TorchProblem(`a parameter is made from ${describeKind(data)}, expected a tensor`);
  }
  return data;
}

function dtypeOf(value: TorchValue | undefined): DType {
  const dtype = value instanceof TorchGlobal ? DTYPES_BY_NAME.get(value.name) : undefined;
  if (dtype === undefined) {
    throw new TorchProblem(
      `a tensor's type is ${describeKind(value)}, expected one of ${[...DTYPES_BY_NAME.keys()].join(" ")}`,
    );
  }
  return dtype;
}

/** Checks that all of the view lies inside its storage. */
function tensor(
  storage: TorchValue | undefined,
  offset: TorchValue | undefined,
  shape: TorchValue | undefined,
  stride: TorchValue | undefined,
  viewed?: DType,
): TorchTensor {
  if (!(storage instanceof TorchStorage)) {
    throw new TorchProblem(`a tensor is made from ${describeKind(storage)}, expected a storage`);
  }
  const where = `a tensor of storage ${quoted(storage.key)}`;
  const dtype = viewed ?? storage.dtype;
  const first = sizeOf(offset, `${where}: its offset`);
  const sizes = sizesOf(shape, `${where}: its shape`);
  const strides = sizesOf(stride, `${where}: its strides`);
  if (sizes.length !== strides.length || sizes.length > MOST_DIMENSIONS) {
    throw new TorchProblem(
      `${where} has ${sizes.length} sizes and ${strides.length} strides, expected as many, at most ${MOST_DIMENSIONS}`,
    );
  }
  const capacity = Math.floor((storage.elements * itemSize(storage.dtype)) / itemSize(dtype));
  const count = shapeSize(sizes);
  const end =
    count === 0 ? first : sizes.reduce((last, size, axis) => last + (size - 1) * (strides[axis] ?? 0), first) + 1;
  // More elements than the storage has would be one value many times over: a file of a few bytes could fill a disk.
  if (!(end <= capacity && count <= capacity)) {
    throw new TorchProblem(
      `${where} has shape ${formatShape(sizes)} and ends at element ${end}, expected at most ${capacity} elements`,
    );
  }
  return new TorchTensor(storage, dtype, first, sizes, strides);
}

function sizesOf(value: TorchValue | undefined, what: string): number[] {
  const list = asArray(value);
  if (list === undefined) {
    throw new TorchProblem(`${what} is ${describeKind(value)}, expected a tuple of sizes`);
  }
  return list.map((size) => sizeOf(size, what));
}

function sizeOf(value: TorchValue | undefined, what: string): number {
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 0) {
    const got = typeof value === "number" || typeof value === "bigint" ? String(value) : describeKind(value);
    throw new TorchProblem(`${what} is ${got}, expected integers from 0 to 2^53 - 1`);
  }
  return value;
}
