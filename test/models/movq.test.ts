/** MoVQ against diffusers' VQModel: goldens of kind `movq`. */
import { describe, expect, test } from "vitest";
import { openModelFolder, openWeightsOf } from "../../src/loading/model-folder.js";
import { WeightScope } from "../../src/checkpoint/weight-scope.js";
import { GraphBuilder } from "../../src/graph/graph-builder.js";
import type { Value } from "../../src/graph/value.js";
import { readMovqConfig } from "../../src/models/movq/config.js";
import { movqDecoder } from "../../src/models/movq/decoder.js";
import { movqEncoder } from "../../src/models/movq/encoder.js";
import { codebookIndices, quantize } from "../../src/models/movq/quantizer.js";
import { expectClose } from "../support/closeness.js";
import { casesOf, diffusersFixture, goldenArray, goldenTensor, type GoldenCase } from "../support/goldens.js";
import { runProgram } from "../support/run-program.js";

interface MovqCase extends GoldenCase {
  readonly model: string;
  readonly files: Readonly<Record<"image" | "latents" | "codebook_indices", string>>;
  readonly outputs: Readonly<
    Record<"encode" | "decode" | "decode_quantized", { readonly file: string; readonly tolerance: number }>
  >;
  readonly taps: Readonly<Record<string, { readonly file: string }>>;
}

describe.each(casesOf<MovqCase>("movq"))("$id", ({ model, files, outputs, taps }) => {
  test("encode, decode and decode_quantized equal the reference, with every tap", async () => {
    const folder = diffusersFixture(model);
    const config = await readMovqConfig(`${folder}/movq/config.json`);
    const scope = WeightScope.root(await openWeightsOf(await openModelFolder(folder), "movq"));
    const image = goldenTensor(files.image);
    const latents = goldenTensor(files.latents);

    const graph = new GraphBuilder();
    const imageIn = graph.input("image", "float32", image.shape);
    const latentsIn = graph.input("latents", "float32", latents.shape);
    const results = new Map<string, Value>([
      ["encode", movqEncoder(scope, imageIn, config)],
      ["decode", movqDecoder(scope, latentsIn, config)],
    ]);
    const tapped = new Map(Object.keys(taps).map((path) => [path, graph.taps.get(path)]));
    results.set("decode_quantized", movqDecoder(scope, quantize(scope, latentsIn, config), config));
    results.set("codebook_indices", codebookIndices(scope, latentsIn, config));
    scope.audit();
    for (const [path, value] of tapped) {
      if (value === undefined) {
        throw new Error(`no block ${path}`);
      }
      results.set(path, value);
    }

    const actual = await runProgram(results, { image, latents });
    const get = (name: string) => actual.get(name) ?? expect.fail(`no output ${name}`);
    for (const [path, { file }] of Object.entries(taps)) {
      expectClose(get(path), goldenTensor(file), 1e-4, path);
    }
    for (const [name, { file, tolerance }] of Object.entries(outputs)) {
      expectClose(get(name), goldenTensor(file), tolerance, name);
    }
    expect(Array.from(get("codebook_indices").data)).toEqual(Array.from(goldenArray(files.codebook_indices).data, Number));
  });
});
