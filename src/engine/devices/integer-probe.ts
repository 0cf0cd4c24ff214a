/**
 * Finds out which integer kernels of the engine are exact on this machine. Processors without VNNI multiply unsigned by signed
 * 8-bit numbers with an instruction that saturates at 16 bits, so sums of large products come out too small, without any error.
 * Node cannot ask the processor; the largest products there are can. Reference: ONNX Runtime,
 * kOrtSessionOptionsAvx2PrecisionMode in onnxruntime_session_options_config_keys.h.
 */
import { InternalError, SessionError } from "../../errors.js";
import { emit } from "../../graph/emit.js";
import { GraphBuilder } from "../../graph/graph-builder.js";
import { cast, convInteger, matMulInteger, reshape } from "../../graph/ops/index.js";
import { programOf } from "../../graph/program.js";
import type { ActivationType } from "../../graph/quantized/integer-layers.js";
import type { IntegerKernels } from "../../graph/quantized/lower.js";
import type { Value } from "../../graph/value.js";
import type { Engine } from "../../runtime/engine.js";
import { tensor } from "../../tensor/tensor.js";
import type { HostTensors } from "../../runtime/protocol.js";

/** A pairing of input type and weight range, and the numbers whose products are the largest there. */
interface Case {
  readonly type: ActivationType;
  readonly range: keyof IntegerKernels;
  readonly weight: number;
  readonly inputs: readonly [number, number];
}

const CASES: readonly Case[] = (["full", "reduced"] as const).flatMap((range) => [
  { type: "int8", range, weight: range === "full" ? 255 : 127, inputs: [-128, 127] },
  { type: "uint8", range, weight: range === "full" ? 255 : 127, inputs: [0, 255] },
]);

/** Enough of everything that no kernel takes its short way out: summands, results of a weight, pixels. */
const [SUMMANDS, OUTPUTS, PIXELS] = [64, 16, 16];

/** Which case gave exact sums. */
export type Exactness = Readonly<Record<keyof IntegerKernels, Readonly<Record<ActivationType, boolean>>>>;

/** Takes milliseconds. Throws `SessionError` when no kernel is exact. */
export async function probeIntegerKernels(engine: Engine): Promise<IntegerKernels> {
  return chooseKernels(await measureExactness(engine));
}

/** Signed inputs are the fastest where they are exact, unsigned ones are slower and have no saturating instruction. */
export function chooseKernels(exact: Exactness): IntegerKernels {
  const choose = (range: keyof IntegerKernels): ActivationType => {
    const type = (["int8", "uint8"] as const).find((candidate) => exact[range][candidate]);
    if (type === undefined) {
      throw new SessionError(
        `the inference engine adds 8-bit products wrongly on this machine with weights of the ${range} range, expected exact sums from int8 or uint8 inputs, got neither; use fp32`,
      );
    }
    return type;
  };
  return { full: choose("full"), reduced: choose("reduced") };
}

/** Runs every case through both operators and compares with the sum that is known. */
export async function measureExactness(engine: Engine): Promise<Exactness> {
  const graph = new GraphBuilder();
  const outputs = new Map<string, Value>();
  for (const [index, { type, weight }] of CASES.entries()) {
    const x = cast(graph.input(`x${index}`, "float32", [1, SUMMANDS, PIXELS, 1]), type);
    const input = { numbers: x, zeroPoint: zeroOf(graph, type) };
    const weights = (shape: readonly number[]): { numbers: Value; zeroPoint: Value } => ({
      numbers: graph.constant(new Uint8Array(OUTPUTS * SUMMANDS).fill(weight), shape),
      zeroPoint: zeroOf(graph, "uint8"),
    });
    const conv = convInteger(input, weights([OUTPUTS, SUMMANDS, 1, 1]), { kernel_shape: { ints: [1, 1] } }, [
      PIXELS,
      1,
    ]);
    const columns = { ...input, numbers: reshape(x, [SUMMANDS, PIXELS]) };
    outputs.set(`conv${index}`, cast(conv, "float32"));
    outputs.set(`product${index}`, cast(matMulInteger(weights([OUTPUTS, SUMMANDS]), columns), "float32"));
  }
  const session = await engine.open(emit(programOf(outputs)));
  const feeds = CASES.map(({ inputs }, index) => [`x${index}`, alternating(inputs)] as const);
  const results = await session.run(Object.fromEntries(feeds));
  await session.release();
  const isExact = (range: keyof IntegerKernels, type: ActivationType): boolean => {
    const index = CASES.findIndex((candidate) => candidate.range === range && candidate.type === type);
    const { weight = NaN, inputs = [] } = CASES[index] ?? {};
    return ["conv", "product"].every((name) =>
      floatsNamed(results, `${name}${index}`).every((sum, at) => sum === SUMMANDS * weight * (inputs[at % 2] ?? NaN)),
    );
  };
  const ofRange = (range: keyof IntegerKernels): Exactness["full"] => ({
    int8: isExact(range, "int8"),
    uint8: isExact(range, "uint8"),
  });
  return { full: ofRange("full"), reduced: ofRange("reduced") };
}

function floatsNamed(results: HostTensors, name: string): Float32Array {
  const data = results[name]?.data;
  if (!(data instanceof Float32Array)) {
    throw new InternalError(`the probe returned no floats as ${name}`);
  }
  return data;
}

function zeroOf(graph: GraphBuilder, type: ActivationType): Value {
  return graph.constant(type === "int8" ? Int8Array.of(0) : Uint8Array.of(0), []);
}

/** Pixels that hold the one and the other number in turn, in all channels. */
function alternating(numbers: readonly [number, number]): ReturnType<typeof tensor> {
  const filled = tensor([1, SUMMANDS, PIXELS, 1]);
  filled.data.forEach((_, index) => (filled.data[index] = numbers[index % 2] ?? 0));
  return filled;
}
