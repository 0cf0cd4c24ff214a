/** The networks over the original repository's own files against its goldens of kinds `unet_forward` and `movq`. */
import { describe, expect, test } from "vitest";
import { openModelFolder, openWeightsOf } from "../../src/loading/model-folder.js";
import { WeightScope } from "../../src/checkpoint/weight-scope.js";
import { GraphBuilder } from "../../src/graph/graph-builder.js";
import type { Value } from "../../src/graph/value.js";
import { parseMovqConfig } from "../../src/models/movq/config.js";
import { movqDecoder } from "../../src/models/movq/decoder.js";
import { movqEncoder } from "../../src/models/movq/encoder.js";
import { parseUNetConfig } from "../../src/models/unet/config.js";
import { unetInputs } from "../../src/models/unet/inputs.js";
import { unet } from "../../src/models/unet/unet.js";
import { tensor } from "../../src/tensor/tensor.js";
import { expectClose } from "../support/closeness.js";
import { type GoldenCase, original } from "../support/goldens.js";
import { runProgram } from "../support/run-program.js";
import type { UNetName } from "../../src/components/components.js";
import { readComponentConfig } from "../../src/loading/component-config.js";

interface Golden {
  readonly file: string;
  readonly tolerance: number;
}

interface UNetCase extends GoldenCase {
  readonly model: string;
  readonly weights: string;
  readonly files: Readonly<Record<"sample" | "timestep" | "context" | "context_mask", string>> &
    Readonly<Record<string, string | Golden>>;
}

const PARTS: Readonly<Record<string, UNetName>> = {
  "kandinsky3.pt": "unet",
  "kandinsky3_inpainting.pt": "unet_inpainting",
  "kandinsky3_flash.pt": "unet_flash",
};
/** The original's names of what is tapped, as paths of the diffusers names. */
const TAPS: readonly (readonly [RegExp, string])[] = [
  [/^time_embed$/, "time_embedding"],
  [/^pooled$/, "add_time_condition"],
  [/^down_samples\./, "down_blocks."],
  [/^up_samples\./, "up_blocks."],
];

describe.each(original.cases<UNetCase>("unet_forward"))("$id", ({ model, weights, files }) => {
  test("the noise prediction equals the reference, with the output of every level", async () => {
    const folder = await openModelFolder(original.path(model));
    const part = PARTS[weights] ?? expect.fail(weights);
    const { json, file } = await readComponentConfig(folder, part);
    const config = parseUNetConfig(json, file);
    const sample = original.tensor(files.sample);
    const context = original.tensor(files.context);
    const mask = original.tensor(files.context_mask);
    const [batch = 0, , height = 0, width = 0] = sample.shape;
    const [, tokens = 0] = mask.shape;
    const graph = new GraphBuilder();
    const inputs = unetInputs(graph, config, { height, width, tokens, batch, textForm: "context" });
    const prediction = unet(WeightScope.root(await openWeightsOf(folder, part)), inputs, config);

    const results = new Map<string, Value>([["output", prediction]]);
    const goldens = Object.entries(files).filter((entry): entry is [string, Golden] => typeof entry[1] !== "string");
    for (const [name] of goldens.filter(([key]) => key !== "output")) {
      const [pattern, path] = TAPS.find(([tap]) => tap.test(name)) ?? expect.fail(`no tap for ${name}`);
      results.set(name, graph.taps.get(name.replace(pattern, path)) ?? expect.fail(`no block for ${name}`));
    }
    const actual = await runProgram(results, {
      sample,
      timesteps: original.tensor(files.timestep),
      context,
      score_bias: tensor([batch, 1, 1, tokens], mask.data.map((bit) => (1 - bit) * -10_000)),
    });
    expect(goldens.length).toBeGreaterThan(8);
    for (const [name, golden] of goldens) {
      expectClose(actual.get(name) ?? expect.fail(name), original.tensor(golden.file), golden.tolerance, name);
    }
  });
});

interface MovqCase extends GoldenCase {
  readonly model: string;
  readonly files: Readonly<Record<"image" | "latent", string>> & Readonly<Record<"encoded" | "decoded", Golden>>;
}

describe.each(original.cases<MovqCase>("movq"))("$id", ({ model, files }) => {
  test("encoder and decoder equal the reference", async () => {
    const folder = await openModelFolder(original.path(model));
    const { json, file } = await readComponentConfig(folder, "movq");
    const config = parseMovqConfig(json, file);
    const scope = WeightScope.root(await openWeightsOf(folder, "movq"));
    const [image, latent] = [original.tensor(files.image), original.tensor(files.latent)];
    const graph = new GraphBuilder();
    const results = new Map<string, Value>([
      ["encoded", movqEncoder(scope, graph.input("image", "float32", image.shape), config)],
      ["decoded", movqDecoder(scope, graph.input("latent", "float32", latent.shape), config)],
    ]);
    scope.audit();
    const actual = await runProgram(results, { image, latent });
    for (const name of ["encoded", "decoded"] as const) {
      const { file: golden, tolerance } = files[name];
      expectClose(actual.get(name) ?? expect.fail(name), original.tensor(golden), tolerance, name);
    }
  });
});
