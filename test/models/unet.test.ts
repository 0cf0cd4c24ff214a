/** The U-Net against diffusers' Kandinsky3UNet: goldens of kind `unet`, whole and cut into its invariant and varying parts. */
import { describe, expect, test } from "vitest";
import { openModelFolder, openWeightsOf } from "../../src/loading/model-folder.js";
import { WeightScope } from "../../src/checkpoint/weight-scope.js";
import { GraphBuilder } from "../../src/graph/graph-builder.js";
import type { Value } from "../../src/graph/value.js";
import { readUNetConfig } from "../../src/models/unet/config.js";
import { unetInputs } from "../../src/models/unet/inputs.js";
import { unet } from "../../src/models/unet/unet.js";
import { tensor } from "../../src/tensor/tensor.js";
import { expectClose } from "../support/closeness.js";
import { casesOf, diffusersFixture, goldenTensor, type GoldenCase } from "../support/goldens.js";
import { runProgram } from "../support/run-program.js";

interface UNetCase extends GoldenCase {
  readonly model: string;
  readonly timestep: number;
  readonly files: Readonly<Record<"sample" | "encoder_hidden_states" | "encoder_attention_mask", string>>;
  readonly outputs: { readonly sample: { readonly file: string; readonly tolerance: number } };
  readonly taps: Readonly<Record<string, { readonly file: string }>>;
}

/** Not blocks of their own here: the sinusoids have no weights. */
const UNTAPPED = new Set(["time_proj"]);

describe.each(casesOf<UNetCase>("unet"))("$id", ({ model, timestep, files, outputs, taps }) => {
  test("the noise prediction equals the reference, with every tap", async () => {
    const folder = diffusersFixture(model);
    const config = await readUNetConfig(`${folder}/unet/config.json`);
    const scope = WeightScope.root(await openWeightsOf(await openModelFolder(folder), "unet"));
    const sample = goldenTensor(files.sample);
    const states = goldenTensor(files.encoder_hidden_states);
    const mask = goldenTensor(files.encoder_attention_mask);
    const [batch = 0, length = 0] = mask.shape;

    const graph = new GraphBuilder();
    const [, , height = 0, width = 0] = sample.shape;
    const prediction = unet(scope, unetInputs(graph, config, { height, width, tokens: length, batch }), config);
    scope.audit();
    const results = new Map<string, Value>([["prediction", prediction]]);
    const tapped = Object.entries(taps).filter(([path]) => !UNTAPPED.has(path));
    for (const [path] of tapped) {
      results.set(path, graph.taps.get(path) ?? expect.fail(`no block ${path}`));
    }

    const actual = await runProgram(results, {
      sample,
      timesteps: tensor([batch], new Float32Array(batch).fill(timestep)),
      encoder_hidden_states: states,
      score_bias: tensor([batch, 1, 1, length], mask.data.map((bit) => (1 - bit) * -10_000)),
    });
    const get = (name: string) => actual.get(name) ?? expect.fail(`no output ${name}`);
    for (const [path, { file }] of tapped) {
      expectClose(get(path), goldenTensor(file), 1e-4, path);
    }
    expectClose(get("prediction"), goldenTensor(outputs.sample.file), outputs.sample.tolerance, "prediction");
  });
});
