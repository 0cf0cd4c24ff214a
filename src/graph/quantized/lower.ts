/**
 * Turns layers whose weights are stored in 8 or 4 bits into what the engine has kernels for. It works on a finished program, so
 * the models know nothing of it, and a program without such weights is returned as it is.
 */
import { cast, matMulNBits, sizeOf } from "../ops/index.js";
import { computeTypeOf, type Program } from "../program.js";
import { Rewriting } from "../rewrite.js";
import type { ComputeType, Node, Value } from "../value.js";
import { isDequantize, type StoredWeight, storedWeight } from "./dequantize.js";
import {
  type ActivationType,
  integerConv,
  integerGemm,
  integerProduct,
  type RoundedInput,
  roundPicture,
  roundRows,
} from "./integer-layers.js";
import { InternalError } from "../../errors.js";

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
  return isQuantized(program) ? new Lowering(kernels, computeTypeOf(program)).run(program) : program;
}

class Lowering {
  readonly #rewriting: Rewriting;
  /** Queries, keys and values are three products of one input, which is rounded once. */
  readonly #rounded = new Map<string, RoundedInput>();

  constructor(
    private readonly kernels: IntegerKernels,
    computeType: ComputeType,
  ) {
    this.#rewriting = new Rewriting("lowered/", computeType);
  }

  run(program: Program): Program {
    return this.#rewriting.run(program, (node, output) => this.#lowerLayer(node, output), { skip: isDequantize });
  }

  #lowerLayer(node: Node, output: Value): Value | undefined {
    const [x, weightInput, bias] = node.inputs;
    const stored = storedWeight(weightInput);
    if (stored === undefined || x === undefined) {
      return undefined;
    }
    const scale = cast(this.#rewriting.now(stored.scale), this.#rewriting.graph.computeType);
    const weight = { ...stored, values: this.#rewriting.now(stored.values), scale };
    const [input, offset] = [this.#rewriting.now(x), bias === undefined ? undefined : this.#rewriting.now(bias)];
    if (node.op === "Conv" && weight.layout === "rows") {
      const size = [sizeOf(output, 2), sizeOf(output, 3)] as const;
      return integerConv(this.#round(input, this.#activationType(weight)), weight, offset, node.attributes, size);
    }
    if (node.op === "Gemm") {
      switch (weight.layout) {
        case "rows":
          return integerGemm(this.#round(input, this.#activationType(weight)), weight, offset);
        case "columns":
          return integerProduct(this.#round(input, "uint8"), weight, offset);
        case "blocks":
          return matMulNBits(input, this.#inBlocks(stored), weight.scale, offset, weight);
      }
    }
    return undefined;
  }

  #activationType({ zeroPoint }: StoredWeight): ActivationType {
    return zeroPoint <= REDUCED_ZERO_POINT ? this.kernels.reduced : this.kernels.full;
  }

  #round(x: Value, type: ActivationType): RoundedInput {
    const key = `${x.name} ${type}`;
    const rounded = this.#rounded.get(key) ?? (x.shape.length === 4 ? roundPicture(x, type) : roundRows(x, type));
    this.#rounded.set(key, rounded);
    return rounded;
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
