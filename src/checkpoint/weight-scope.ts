/**
 * A place in a checkpoint's tree of keys. Blocks ask it for their weights by the names that the file uses, with the shape that
 * they need, and get descriptions of bytes, never the bytes. The idea is candle's VarBuilder.
 */
import { itemSize, type DType, isFloat } from "../tensor/dtype.js";
import { shapeSize, sameShape, type Shape } from "../tensor/shape.js";
import { type AuditReport, type UnusedAllowance, WeightUsage } from "./audit.js";
import { SCALE_SUFFIX, SCHEMES, storedShapes } from "./quantized/quantization-scheme.js";
import type { QuantizedTensor, TensorLocation, TensorSource } from "./tensor-location.js";

export class WeightScope {
  readonly #usage: WeightUsage;

  private constructor(
    usage: WeightUsage,
    /** Key prefix without its final dot; empty at the root. */
    readonly path: string,
  ) {
    this.#usage = usage;
  }

  /** The whole of a source, with nothing used yet. */
  static root(source: TensorSource): WeightScope {
    return new WeightScope(new WeightUsage(source), "");
  }

  /** `scope.at("down_blocks", 0)`: the scope of the keys that begin with `down_blocks.0.` */
  at(...segments: (string | number)[]): WeightScope {
    return new WeightScope(
      this.#usage,
      segments.reduce<string>((path, segment) => joinKey(path, segment), this.path),
    );
  }

  /** True when the file has this tensor. Asking is no use of it. */
  has(name: string): boolean {
    return this.#usage.source.tensors.has(joinKey(this.path, name));
  }

  /**
   * The tensor `name`, which must be of floating-point type and of this shape. When it is not, the problem is noted for the
   * audit and a placeholder of the expected shape is returned, so that one build finds all problems.
   */
  weight(name: string, shape: Shape): TensorLocation {
    const key = joinKey(this.path, name);
    const found = this.#usage.source.tensors.get(key);
    if (found === undefined) {
      this.#usage.recordMissing(key);
      return this.#placeholder(shape);
    }
    this.#usage.recordUse(key);
    if (!isFloat(found.dtype)) {
      this.#usage.recordType(key, found.dtype);
      return this.#placeholder(shape);
    }
    if (!sameShape(found.shape, shape)) {
      this.#usage.recordShape(key, found.shape, shape);
      return this.#placeholder(shape);
    }
    return found;
  }

  /**
   * The tensor `name` when the file stores it in 8 or 4 bits, and `undefined` when it does not. `shape` is that of the weight
   * that is meant. What does not fit is noted for the audit, as in `weight`.
   */
  quantized(name: string, shape: Shape): QuantizedTensor | undefined {
    const { tensors, scheme: schemeName } = this.#usage.source;
    const key = joinKey(this.path, name);
    if (schemeName === undefined || !tensors.has(key + SCALE_SUFFIX)) {
      return undefined;
    }
    const scheme = SCHEMES[schemeName];
    const stored = storedShapes(shape, scheme);
    return {
      shape,
      values: this.#stored(key, stored.values, "uint8"),
      scale: this.#stored(key + SCALE_SUFFIX, stored.scale, "float32"),
      scheme,
    };
  }

  /**
   * The verdict on everything that was asked of the source through any scope; call it once after a build and before anything
   * is done with its locations. Throws `CheckpointError` naming all missing, unfit and unused tensors.
   */
  audit(allowances: readonly UnusedAllowance[] = []): AuditReport {
    return this.#usage.audit(allowances);
  }

  #stored(key: string, shape: Shape, dtype: DType): TensorLocation {
    const found = this.#usage.source.tensors.get(key);
    if (found?.dtype === dtype && sameShape(found.shape, shape)) {
      this.#usage.recordUse(key);
      return found;
    }
    if (found === undefined) {
      this.#usage.recordMissing(key);
    } else {
      this.#usage.recordUse(key);
      if (found.dtype === dtype) {
        this.#usage.recordShape(key, found.shape, shape);
      } else {
        this.#usage.recordType(key, found.dtype, [dtype]);
      }
    }
    return { file: "", offset: 0, length: shapeSize(shape) * itemSize(dtype), dtype, shape };
  }

  #placeholder(shape: Shape): TensorLocation {
    return this.#usage.placeholder(shape, (dtype) => shapeSize(shape) * itemSize(dtype));
  }
}

function joinKey(path: string, segment: string | number): string {
  return path === "" ? String(segment) : `${path}.${segment}`;
}
