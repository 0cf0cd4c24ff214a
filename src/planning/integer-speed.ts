/** What the integer kernels of this machine do in a second: the layers of `plainOperators` with weights in 8 bits, as a model has them. */
import { join } from "node:path";
import { quantizedContent, schemeMetadata } from "../checkpoint/quantized/quantized-content.js";
import type { SchemeName } from "../checkpoint/quantized/quantization-scheme.js";
import { readSafetensorsHeader } from "../checkpoint/safetensors/safetensors.js";
import { writeSafetensors } from "../checkpoint/safetensors/safetensors-writer.js";
import { WeightScope } from "../checkpoint/weight-scope.js";
import { GraphBuilder } from "../graph/graph-builder.js";
import { conv, gemm, mul, reduceMean } from "../graph/ops/index.js";
import { programOf } from "../graph/program.js";
import type { IntegerKernels } from "../graph/quantized/lower.js";
import type { Value } from "../graph/value.js";
import { parameter } from "../nn/block.js";
import { shapeSize, type Shape } from "../tensor/shape.js";
import { measure } from "../benchmark/benchmark.js";
import { writeRandomWeights } from "../benchmark/random-weights.js";
import { UNET } from "../components/unet.js";
import { integerKernelsHere } from "../engine/devices/known-kernels.js";
import { scratchFolder } from "../files/shared/temporary-folder.js";

export interface IntegerSpeed {
  readonly kernels: IntegerKernels;
  readonly productFlopsPerSecond: number;
  readonly convolutionFlopsPerSecond: number;
}

const REPETITIONS = 8;
const MATRIX = [1536, 1536] as const;
const FILTERS = [384, 384, 3, 3] as const;
const ROWS = 1024;
const SIDE = 32;

/** Measures; about a second. Throws `SessionError` when no integer kernel is exact here. */
export async function measureIntegers(threads: number, onNote?: (message: string) => void): Promise<IntegerSpeed> {
  const kernels = await integerKernelsHere(onNote);
  const scheme = UNET.schemeOf("int8", kernels);
  const product = await rate(threads, scheme, MATRIX, [ROWS, MATRIX[1]], (scope, x) =>
    gemm(x, parameter(scope, x, "weight", MATRIX)),
  );
  const convolution = await rate(threads, scheme, FILTERS, [1, FILTERS[1], SIDE, SIDE], (scope, x) =>
    conv(x, parameter(scope, x, "weight", FILTERS), undefined, { pads: [1, 1, 1, 1] }),
  );
  return { kernels, productFlopsPerSecond: product, convolutionFlopsPerSecond: convolution };
}

/** Floating-point operations a second of a layer that is applied several times to numbers made on the spot. */
async function rate(
  threads: number,
  scheme: SchemeName,
  weight: Shape,
  input: Shape,
  layer: (scope: WeightScope, x: Value) => Value,
): Promise<number> {
  await using scratch = await scratchFolder("plan");
  const [full, rounded] = [join(scratch.path, "full.safetensors"), join(scratch.path, "rounded.safetensors")];
  await writeRandomWeights(full, new Map([["weight", weight]]), "float16");
  const content = quantizedContent(await readSafetensorsHeader(full), new Set(["weight"]), scheme);
  await writeSafetensors(rounded, content, { metadata: schemeMetadata(scheme) });
  const scope = WeightScope.root(await readSafetensorsHeader(rounded));
  const graph = new GraphBuilder();
  const [seed, ones] = [graph.input("input", "float32", [1]), new Float32Array(shapeSize(input)).fill(1)];
  let value: Value = mul(seed, graph.constant(ones, input));
  for (let index = 0; index < REPETITIONS; index++) {
    value = layer(scope, value);
  }
  const program = programOf(new Map([["output", reduceMean(value, 1)]]));
  const { gflopsPerSecond } = await measure(
    { name: "integer layers", weights: undefined, program },
    { width: 0, height: 0, runs: 1, threads },
  );
  return 1e9 * gflopsPerSecond;
}
