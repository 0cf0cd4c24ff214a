/**
 * What a build asked of a checkpoint, and the verdict afterwards. Problems are collected while the network is built, so that one
 * error names all of them; a tensor that nobody asked for is a problem too, since it means that another network was built.
 */
import { CheckpointError } from "../errors.js";
import { type DType, DTYPES, isFloat } from "../tensor/dtype.js";
import { formatShape, type Shape } from "../tensor/shape.js";
import { capped, quoted } from "../text/quote.js";
import type { TensorLocation, TensorSource } from "./tensor-location.js";

/** Tensors that may stay unused: one key, or with a final `*` all keys that begin so (`decoder.*`). */
export interface UnusedAllowance {
  readonly keys: string;
  readonly reason: string;
}

/** What a successful audit found. */
export interface AuditReport {
  readonly used: number;
  /** Unused tensors that an allowance covers. */
  readonly allowed: readonly { readonly key: string; readonly reason: string }[];
}

/** The uses of one source, shared by all scopes over it. */
export class WeightUsage {
  readonly #used = new Set<string>();
  readonly #missing = new Set<string>();
  /** By key, so that a tensor asked for twice is reported once. */
  readonly #unfit = new Map<string, string>();

  constructor(readonly source: TensorSource) {}

  recordUse(key: string): void {
    this.#used.add(key);
  }

  recordMissing(key: string): void {
    this.#missing.add(key);
  }

  recordShape(key: string, found: Shape, expected: Shape): void {
    this.#unfit.set(key, `${this.#named(key)} has shape ${formatShape(found)}, expected ${formatShape(expected)}`);
  }

  recordType(key: string, found: DType, expected: readonly DType[] = DTYPES.filter(isFloat)): void {
    this.#unfit.set(key, `${this.#named(key)} has type ${found}, expected ${expected.join(" or ")}`);
  }

  /** Throws `CheckpointError` with all missing, unfit and unused tensors. */
  audit(allowances: readonly UnusedAllowance[]): AuditReport {
    const allowed: { key: string; reason: string }[] = [];
    const unused: string[] = [];
    for (const key of this.source.tensors.keys()) {
      if (!this.#used.has(key)) {
        const allowance = allowances.find(({ keys }) => covers(keys, key));
        if (allowance === undefined) {
          unused.push(key);
        } else {
          allowed.push({ key, reason: allowance.reason });
        }
      }
    }
    const problems = [
      ...(this.#missing.size > 0 ? [`${count(this.#missing.size)} missing: ${this.#listed([...this.#missing])}`] : []),
      ...(this.#unfit.size > 0 ? [capped([...this.#unfit.values()], "; ")] : []),
      ...(unused.length > 0 ? [`${count(unused.length)} not used: ${this.#listed(unused)}`] : []),
    ];
    if (problems.length > 0) {
      const named = (keys: Iterable<string>, what: string): string[] =>
        [...keys].map((key) => `${this.#named(key)} ${what}`);
      const details = [...named(this.#missing, "is missing"), ...this.#unfit.values(), ...named(unused, "is not used")];
      throw new CheckpointError(`${this.source.name}: ${problems.join("; ")}`, { details });
    }
    return { used: this.#used.size, allowed };
  }

  /** The key as the file has it, and in brackets as the network asks for it where that differs. */
  #named(key: string): string {
    const inFile = this.source.nameInFile?.(key) ?? key;
    return inFile === key ? quoted(key) : `${quoted(inFile)} (${key})`;
  }

  #listed(keys: readonly string[]): string {
    return capped(keys.map((key) => this.#named(key)));
  }

  /**
   * Stands in for a tensor that cannot be used, so that the build goes on to the next problem. It has the shape that the build
   * expects and the type of the weights around it; its empty path can be opened by nobody who skips the audit.
   */
  placeholder(shape: Shape, bytes: (dtype: DType) => number): TensorLocation {
    const dtype = [...this.source.tensors.values()].find((location) => isFloat(location.dtype))?.dtype ?? "float32";
    return { file: "", offset: 0, length: bytes(dtype), dtype, shape };
  }
}

function covers(pattern: string, key: string): boolean {
  return pattern.endsWith("*") ? key.startsWith(pattern.slice(0, -1)) : key === pattern;
}

function count(tensors: number): string {
  return tensors === 1 ? "1 tensor is" : `${tensors} tensors are`;
}
