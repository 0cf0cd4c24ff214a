/** The stack, marks and memo of a pickle machine, and the storages met on the way. What a pickle takes has to be there. */
import { quoted } from "../../text/quote.js";
import { describeKind, TorchProblem, type TorchStorage, type TorchValue } from "./torch-value.js";

export class PickleStack {
  readonly storages = new Map<string, TorchStorage>();
  #stack: TorchValue[] = [];
  /** The stacks below each open mark. */
  readonly #below: TorchValue[][] = [];
  readonly #memo = new Map<number, TorchValue>();

  push(value: TorchValue): void {
    this.#stack.push(value);
  }

  top(): TorchValue {
    const value = this.#stack.at(-1);
    if (value === undefined) {
      throw new TorchProblem("its pickle takes from an empty stack");
    }
    return value;
  }

  pop(): TorchValue {
    const value = this.top();
    this.#stack.pop();
    return value;
  }

  /** The topmost two, the lower one first. */
  popTwo(): [TorchValue, TorchValue] {
    const second = this.pop();
    return [this.pop(), second];
  }

  mark(): void {
    this.#below.push(this.#stack);
    this.#stack = [];
  }

  /** Everything since the last mark, as an array that is the caller's. */
  popMark(): TorchValue[] {
    const values = this.#stack;
    const below = this.#below.pop();
    if (below === undefined) {
      throw new TorchProblem("its pickle goes back to a mark that it never set");
    }
    this.#stack = below;
    return values;
  }

  /** Stores the topmost value under an index, the next free one when left out. */
  memoize(index = this.#memo.size): void {
    this.#memo.set(index, this.top());
  }

  recall(index: number): TorchValue {
    const value = this.#memo.get(index);
    if (value === undefined) {
      throw new TorchProblem(`its pickle recalls value ${index}, which it never stored`);
    }
    return value;
  }

  /** The storage by its key, the same one each time. */
  share(storage: TorchStorage): TorchStorage {
    const known = this.storages.get(storage.key);
    if (known === undefined) {
      this.storages.set(storage.key, storage);
      return storage;
    }
    if (known.dtype !== storage.dtype || known.elements !== storage.elements) {
      throw new TorchProblem(
        `storage ${quoted(storage.key)} is ${storage.elements} x ${storage.dtype} here and ${known.elements} x ${known.dtype} there`,
      );
    }
    return known;
  }

  /** Adds to the list on top. */
  append(values: readonly TorchValue[]): void {
    const list = this.top();
    if (!Array.isArray(list) || Object.isFrozen(list)) {
      throw new TorchProblem(`its pickle appends to ${describeKind(list)}, expected a list`);
    }
    for (const value of values) {
      (list as TorchValue[]).push(value);
    }
  }

  /** Adds to the dictionary on top: keys and values in turn. */
  setItems(items: readonly TorchValue[]): void {
    const dictionary = this.top();
    if (!(dictionary instanceof Map)) {
      throw new TorchProblem(`its pickle sets items of ${describeKind(dictionary)}, expected a dictionary`);
    }
    for (let index = 0; index < items.length; index += 2) {
      const [key, value] = [items[index], items[index + 1]];
      if (key === undefined || value === undefined) {
        throw new TorchProblem("its pickle sets a key without a value");
      }
      (dictionary as Map<TorchValue, TorchValue>).set(key, value);
    }
  }
}
