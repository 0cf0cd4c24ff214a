/** Runs a network on the engine in a test: emit, open, feed, fetch. */
import { emit } from "../../src/graph/emit.js";
import { programOf } from "../../src/graph/program.js";
import type { Value } from "../../src/graph/value.js";
import { InferenceProcess } from "../../src/runtime/inference-process.js";
import { tensor, type Tensor } from "../../src/tensor/tensor.js";
import type { Feeds } from "../../src/runtime/engine.js";

/** Computes `outputs` from `feeds`; integers come back as float32. */
export async function runProgram(
  outputs: ReadonlyMap<string, Value>,
  feeds: Feeds,
): Promise<ReadonlyMap<string, Tensor>> {
  await using engine = InferenceProcess.start();
  const session = await engine.open(emit(programOf(outputs)));
  const results = await session.run(feeds);
  return new Map(
    Object.entries(results).map(([name, { shape, data }]) => [
      name,
      tensor(shape, data instanceof Float32Array ? data : Float32Array.from(data, Number)),
    ]),
  );
}
