/**
 * Turns layers whose weights are stored in 8 or 4 bits into what the engine has kernels for. It works on a finished program, so
 * the models know nothing of it, and a program without such weights is returned as it is.
 */
import { InternalError } from "../../errors.js";
import { cast, matMulNBits, sizeOf } from "../ops/index.js";
import type { Program } from "../program.js";
import { Rewriting } from "../rewrite.js";
import { doubledImage } from "../simplify/subpixel.js";
import type { Node, Value } from "../value.js";
import { isDequantize, type StoredWeight, storedWeight } from "./dequantize.js";
import {
  type ActivationType,
  integerConv,
  integerDoubledConv,
  integerGemm,
  integerProduct,
  type QuantizedInput,
  quantizeImage,
  quantizeRows,
} from "./integer-layers.js";

/** Which 8-bit inputs give exact sums with uint8 weights on this machine; see `probeIntegerKernels`. */
export interface IntegerKernels {
  /** With weights of 8 bits. */
  readonly full: ActivationType;
  /** With weights of 7 bits. */
  readonly reduced: ActivationType;
}

/** Above this, a uint8 weight needs 8 bits. */
const REDUCED_ZERO_POINT = 64;

/** True when `program` has to be lowered before it is emitted. */
export function isQuantized(program: Program): boolean {
  return program.nodes.some(isDequantize);
}

/** The program that computes the same outputs, under the same names, from the same inputs. */
export function lower(program: Program, kernels: IntegerKernels): Program {
  return isQuantized(program) ? new Lowering(program, kernels).run() : program;
}

class Lowering {
  readonly #rewriting: Rewriting;
  /** Queries, keys and values are three products of one input, which is quantized once. */
  readonly #quantized = new Map<string, QuantizedInput>();
  /** What these layers read in a float16 graph is cast once for all that read it. */
  readonly #widened = new Map<Value, Value>();

  constructor(
    program: Program,
    private readonly kernels: IntegerKernels,
  ) {
    this.#rewriting = new Rewriting(program, "lowered/");
  }

  run(): Program {
    return this.#rewriting.run({
      replace: (node, output) => {
        const lowered = this.#lowerLayer(node, output);
        return lowered === undefined ? undefined : cast(lowered, output.dtype);
      },
      skip: isDequantize,
    });
  }

  /** The layer in 8 or 4 bits, with a float32 result; `undefined` for a node without such a weight. */
  #lowerLayer(node: Node, output: Value): Value | undefined {
    const [x, weightInput, bias] = node.inputs;
    const stored = storedWeight(weightInput);
    if (stored === undefined || x === undefined) {
      return undefined;
    }
    const weight = { ...stored, values: this.#rewriting.now(stored.values), scale: this.#rewriting.now(stored.scale) };
    const offset = bias === undefined ? undefined : this.#float32(bias);
    if (node.op === "Conv" && weight.layout === "rows") {
      const type = this.#activationType(weight);
      const image = doubledImage(node);
      if (image !== undefined) {
        return integerDoubledConv(this.#quantize(this.#float32(image), type), weight, offset);
      }
      const size = [sizeOf(output, 2), sizeOf(output, 3)] as const;
      return integerConv(this.#quantize(this.#float32(x), type), weight, offset, node.attributes, size);
    }
    const input = this.#float32(x);
    if (node.op === "Gemm") {
      switch (weight.layout) {
        case "rows":
          return integerGemm(this.#quantize(input, this.#activationType(weight)), weight, offset);
        case "columns":
          return integerProduct(this.#quantize(input, "uint8"), weight, offset);
        case "blocks":
          return matMulNBits(input, this.#inBlocks(stored), weight.scale, offset, weight);
      }
    }
    return undefined;
  }

  #activationType({ zeroPoint }: StoredWeight): ActivationType {
    return zeroPoint <= REDUCED_ZERO_POINT ? this.kernels.reduced : this.kernels.full;
  }

  #quantize(x: Value, type: ActivationType): QuantizedInput {
    const key = `${x.name} ${type}`;
    const quantized =
      this.#quantized.get(key) ?? (x.shape.length === 4 ? quantizeImage(x, type) : quantizeRows(x, type));
    this.#quantized.set(key, quantized);
    return quantized;
  }

  #float32(old: Value): Value {
    const value = this.#widened.get(old) ?? cast(this.#rewriting.now(old), "float32");
    this.#widened.set(old, value);
    return value;
  }

  /** The stored bytes as MatMulNBits takes them: `[out, blocks, bytes of a block]`. */
  #inBlocks({ values, bits, blockSize }: StoredWeight): Value {
    if (values.origin.kind !== "weight") {
      throw new InternalError(`${values.name} is no stored weight`);
    }
    const bytes = (blockSize * bits) / 8;
    return this.#rewriting.graph.weight(values.origin.location, [sizeOf(values, 0), sizeOf(values, 1) / bytes, bytes]);
  }
}
