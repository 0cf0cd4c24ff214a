/** A cursor over the bytes of a pickle. Nothing is allocated by a stated length before that many bytes are known to be there. */
import { TorchProblem } from "./torch-value.js";

/** The bytes at hand end before the pickle does: it is cut off, or more of the file has to be read. */
export class PickleEnds extends TorchProblem {
  constructor() {
    super("its pickle ends before its last opcode (a cut-off file?)");
  }
}

/** Lines hold module and class names. */
const LONGEST_LINE = 1000;
const NEWLINE = 0x0a;

export class PickleReader {
  readonly #view: DataView;

  constructor(
    private readonly bytes: Uint8Array,
    public position: number,
  ) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  uint8(): number {
    return this.#view.getUint8(this.#take(1));
  }

  uint16(): number {
    return this.#view.getUint16(this.#take(2), true);
  }

  int32(): number {
    return this.#view.getInt32(this.#take(4), true);
  }

  uint32(): number {
    return this.#view.getUint32(this.#take(4), true);
  }

  /** A length of 8 bytes; one that no file can hold reads as a number beyond all sizes. */
  uint64(): number {
    return Number(this.#view.getBigUint64(this.#take(8), true));
  }

  /** Big-endian, unlike all other numbers of a pickle. */
  float64(): number {
    return this.#view.getFloat64(this.#take(8), false);
  }

  /** A view of the next `length` bytes. */
  take(length: number): Uint8Array {
    const start = this.#take(length);
    return this.bytes.subarray(start, start + length);
  }

  text(length: number): string {
    try {
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(this.take(length));
    } catch (error) {
      if (error instanceof TorchProblem) {
        throw error;
      }
      throw new TorchProblem("its pickle holds a text that is not UTF-8", { cause: error });
    }
  }

  /** Text up to the next line end. */
  line(): string {
    const window = this.bytes.subarray(this.position, this.position + LONGEST_LINE);
    const length = window.indexOf(NEWLINE);
    if (length < 0) {
      throw window.length < LONGEST_LINE
        ? new PickleEnds()
        : new TorchProblem(`its pickle holds a line of more than ${LONGEST_LINE} bytes`);
    }
    const text = this.text(length);
    this.#take(1);
    return text;
  }

  /** A two's complement integer of `length` little-endian bytes. */
  integer(length: number): number | bigint {
    let value = 0n;
    for (const [index, byte] of this.take(length).entries()) {
      value |= BigInt(byte) << BigInt(8 * index);
    }
    value = BigInt.asIntN(8 * length, value);
    return BigInt(Number.MIN_SAFE_INTEGER) <= value && value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value;
  }

  #take(length: number): number {
    const start = this.position;
    if (length > this.bytes.length - start) {
      throw new PickleEnds();
    }
    this.position += length;
    return start;
  }
}
