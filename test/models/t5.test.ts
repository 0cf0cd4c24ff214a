/** The text encoder against transformers' T5EncoderModel: the golden of kind `text_encoder`. */
import { describe, expect, test } from "vitest";
import { openModelFolder, openWeightsOf } from "../../src/loading/model-folder.js";
import { WeightScope } from "../../src/checkpoint/weight-scope.js";
import { GraphBuilder } from "../../src/graph/graph-builder.js";
import { readT5Config } from "../../src/models/t5/config.js";
import { T5_UNUSED, t5Encoder } from "../../src/models/t5/encoder.js";
import { tensor } from "../../src/tensor/tensor.js";
import { expectClose } from "../support/closeness.js";
import { casesOf, diffusersFixture, goldenArray, goldenTensor, type GoldenCase } from "../support/goldens.js";
import { runProgram } from "../support/run-program.js";

interface TextEncoderCase extends GoldenCase {
  readonly model: string;
  readonly files: Readonly<Record<"input_ids" | "attention_mask" | "block0", string>>;
  readonly outputs: { readonly last_hidden_state: { readonly file: string; readonly tolerance: number } };
}

const LOWEST_FLOAT32 = -3.4028234663852886e38;

describe.each(casesOf<TextEncoderCase>("text_encoder"))("$id", ({ model, files, outputs }) => {
  test("every position equals the reference, padding included", async () => {
    const folder = diffusersFixture(model);
    const config = await readT5Config(`${folder}/text_encoder/config.json`);
    const scope = WeightScope.root(await openWeightsOf(await openModelFolder(folder), "text_encoder"));
    const ids = goldenArray(files.input_ids);
    const mask = goldenTensor(files.attention_mask);
    const [batch = 0, length = 0] = ids.shape;

    const graph = new GraphBuilder();
    const hidden = t5Encoder(
      scope,
      graph.input("input_ids", "int64", ids.shape),
      graph.input("mask", "float32", [batch, 1, 1, length]),
      config,
    );
    scope.audit(T5_UNUSED);
    const block0 = graph.taps.get("encoder.block.0") ?? expect.fail("no block encoder.block.0");

    const actual = await runProgram(new Map([["hidden", hidden], ["block0", block0]]), {
      input_ids: { shape: ids.shape, data: BigInt64Array.from(ids.data as Iterable<bigint | number>, BigInt) },
      mask: tensor([batch, 1, 1, length], mask.data.map((bit) => (bit === 0 ? LOWEST_FLOAT32 : 0))),
    });
    const get = (name: string) => actual.get(name) ?? expect.fail(`no output ${name}`);
    expectClose(get("block0"), goldenTensor(files.block0), 1e-4, "block0");
    const { file, tolerance } = outputs.last_hidden_state;
    expectClose(get("hidden"), goldenTensor(file), tolerance, "last_hidden_state");
  });
});
