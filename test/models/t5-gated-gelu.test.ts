/** The text encoder with gated GELU against transformers; see the fixture's README. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { openWeights } from "../../src/checkpoint/weight-files.js";
import { WeightScope } from "../../src/checkpoint/weight-scope.js";
import { GraphBuilder } from "../../src/graph/graph-builder.js";
import { readT5Config } from "../../src/models/t5/config.js";
import { T5_UNUSED, t5Encoder } from "../../src/models/t5/encoder.js";
import { parseNpy } from "../../src/tensor/npy.js";
import { tensor } from "../../src/tensor/tensor.js";
import { expectClose } from "../support/closeness.js";
import { runProgram } from "../support/run-program.js";
import { GATED_GELU } from "../support/tiny-networks.js";

function numbers(name: string) {
  const { shape, data } = parseNpy(readFileSync(`${GATED_GELU}/${name}.npy`));
  return tensor(shape, Float32Array.from(data as ArrayLike<number>, Number));
}

test("every position equals the reference, padding included", async () => {
  const scope = WeightScope.root(await openWeights(GATED_GELU, "model"));
  const ids = numbers("input_ids");
  const mask = numbers("attention_mask");
  const graph = new GraphBuilder();
  const inputs = [graph.input("input_ids", "int64", [2, 12]), graph.input("mask", "float32", [2, 1, 1, 12])] as const;
  const hidden = t5Encoder(scope, ...inputs, await readT5Config(`${GATED_GELU}/config.json`));
  scope.audit(T5_UNUSED);
  const actual = await runProgram(new Map([["hidden", hidden]]), {
    input_ids: { shape: ids.shape, data: BigInt64Array.from(ids.data, BigInt) },
    mask: tensor([2, 1, 1, 12], mask.data.map((bit) => (bit === 0 ? -3.4028234663852886e38 : 0))),
  });
  expectClose(actual.get("hidden") ?? expect.fail("no output"), numbers("last_hidden_state"), 1e-4);
});
