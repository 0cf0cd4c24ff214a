/**
 * A pickle machine for checkpoints: the opcodes that torch writes (protocols 2 to 5) and no others. It builds data only; names
 * are looked up in a fixed list, and calls of them are described (torch-globals.ts). Nothing is imported or executed.
 * Reference: CPython's Lib/pickletools.py, which documents every opcode.
 */
import { PickleReader } from "./pickle-reader.js";
import { PickleStack } from "./pickle-stack.js";
import { callGlobal, resolveGlobal, storageOf } from "./torch-globals.js";
import { asMap, describeKind, TorchProblem, type TorchStorage, type TorchValue } from "./torch-value.js";

export interface Unpickled {
  readonly value: TorchValue;
  /** First byte after the pickle. */
  readonly end: number;
  /** Every storage that the pickle speaks of, by its key. */
  readonly storages: ReadonlyMap<string, TorchStorage>;
}

/**
 * Each opcode makes one value at most, so this bounds stack, memo and time. The U-Net of 3 billion parameters, which has the most
 * tensors, takes some fifty thousand.
 */
const MOST_OPCODES = 500_000;
const NEWEST_PROTOCOL = 5;
/** An integer of a checkpoint has 8 bytes; the magic number of the legacy format has 10. */
const LONGEST_INTEGER = 16;
const STOP = 0x2e;

/** Opcodes that make a value, which is then pushed. */
const MAKERS: Readonly<Record<number, (reader: PickleReader, stack: PickleStack) => TorchValue>> = {
  0x4e: () => null, // NONE
  0x88: () => true, // NEWTRUE
  0x89: () => false, // NEWFALSE
  0x4a: (reader) => reader.int32(), // BININT
  0x4b: (reader) => reader.uint8(), // BININT1
  0x4d: (reader) => reader.uint16(), // BININT2
  0x8a: (reader) => integer(reader, reader.uint8()), // LONG1
  0x8b: (reader) => integer(reader, reader.uint32()), // LONG4
  0x47: (reader) => reader.float64(), // BINFLOAT

  0x55: (reader) => reader.text(reader.uint8()), // SHORT_BINSTRING, of Python 2
  0x54: (reader) => reader.text(reader.uint32()), // BINSTRING, of Python 2
  0x8c: (reader) => reader.text(reader.uint8()), // SHORT_BINUNICODE
  0x58: (reader) => reader.text(reader.uint32()), // BINUNICODE
  0x8d: (reader) => reader.text(reader.uint64()), // BINUNICODE8
  0x43: (reader) => reader.take(reader.uint8()), // SHORT_BINBYTES
  0x42: (reader) => reader.take(reader.uint32()), // BINBYTES
  0x8e: (reader) => reader.take(reader.uint64()), // BINBYTES8

  0x29: () => Object.freeze([]), // EMPTY_TUPLE
  0x85: (_, stack) => Object.freeze([stack.pop()]), // TUPLE1
  0x86: (_, stack) => Object.freeze(stack.popTwo()), // TUPLE2
  0x87: (_, stack) => {
    const last = stack.pop();
    return Object.freeze([...stack.popTwo(), last]);
  }, // TUPLE3
  0x74: (_, stack) => Object.freeze(stack.popMark()), // TUPLE
  0x5d: () => [], // EMPTY_LIST
  0x6c: (_, stack) => stack.popMark(), // LIST
  0x7d: () => new Map(), // EMPTY_DICT
  0x32: (_, stack) => stack.top(), // DUP

  0x68: (reader, stack) => stack.recall(reader.uint8()), // BINGET
  0x6a: (reader, stack) => stack.recall(reader.uint32()), // LONG_BINGET

  0x63: (reader) => resolveGlobal(reader.line(), reader.line()), // GLOBAL
  0x93: (_, stack) => resolveGlobal(...stack.popTwo()), // STACK_GLOBAL
  0x52: (_, stack) => callGlobal(...stack.popTwo()), // REDUCE
  0x51: (_, stack) => stack.share(storageOf(stack.pop())), // BINPERSID
};

/** Reads one pickle from `start`. Throws `TorchProblem`, and `PickleEnds` when the bytes end first. */
export function unpickle(bytes: Uint8Array, start = 0): Unpickled {
  const reader = new PickleReader(bytes, start);
  const stack = new PickleStack();
  for (let count = 0; count < MOST_OPCODES; count++) {
    const opcode = reader.uint8();
    if (opcode === STOP) {
      return { value: stack.pop(), end: reader.position, storages: stack.storages };
    }
    const make = MAKERS[opcode];
    if (make === undefined) {
      arrange(opcode, reader, stack);
    } else {
      stack.push(make(reader, stack));
    }
  }
  throw new TorchProblem(`its pickle has more than ${MOST_OPCODES} opcodes`);
}

/** Opcodes that rearrange the stack, or change what is on top of it. */
function arrange(opcode: number, reader: PickleReader, stack: PickleStack): void {
  switch (opcode) {
    case 0x80: // PROTO
      requireProtocol(reader.uint8());
      break;
    case 0x95: // FRAME, a hint for buffering
      reader.uint64();
      break;
    case 0x28: // MARK
      stack.mark();
      break;
    case 0x30: // POP
      stack.pop();
      break;
    case 0x31: // POP_MARK
      stack.popMark();
      break;
    case 0x71: // BINPUT
      stack.memoize(reader.uint8());
      break;
    case 0x72: // LONG_BINPUT
      stack.memoize(reader.uint32());
      break;
    case 0x94: // MEMOIZE
      stack.memoize();
      break;
    case 0x61: // APPEND
      stack.append([stack.pop()]);
      break;
    case 0x65: // APPENDS
      stack.append(stack.popMark());
      break;
    case 0x73: // SETITEM
      stack.setItems(stack.popTwo());
      break;
    case 0x75: // SETITEMS
      stack.setItems(stack.popMark());
      break;
    case 0x64: {
      const items = stack.popMark();
      stack.push(new Map());
      stack.setItems(items);
      break;
    } // DICT
    case 0x62: // BUILD
      ignoreState(stack);
      break;
    default:
      throw new TorchProblem(
        `its pickle has opcode 0x${opcode.toString(16).padStart(2, "0")} at byte ${reader.position - 1}, expected one that tensors are stored with`,
      );
  }
}

/** A state dictionary carries a note on versions beside its items (`_metadata`), which decides nothing here. */
function ignoreState(stack: PickleStack): void {
  stack.pop();
  if (asMap(stack.top()) === undefined) {
    throw new TorchProblem(`its pickle sets the state of ${describeKind(stack.top())}, expected a dictionary`);
  }
}

function requireProtocol(protocol: number): void {
  if (protocol < 2 || protocol > NEWEST_PROTOCOL) {
    throw new TorchProblem(`its pickle is of protocol ${protocol}, expected 2 to ${NEWEST_PROTOCOL}`);
  }
}

function integer(reader: PickleReader, length: number): number | bigint {
  if (length > LONGEST_INTEGER) {
    throw new TorchProblem(`its pickle holds an integer of ${length} bytes, expected at most ${LONGEST_INTEGER}`);
  }
  return reader.integer(length);
}
