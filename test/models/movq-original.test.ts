/** MoVQ out of the original's own file against the original's code: goldens of kind `movq` of the original. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { openModelFolder, openPart } from "../../src/checkpoint/model-folder.js";
import { readPartConfig } from "../../src/checkpoint/part-config.js";
import { WeightScope } from "../../src/checkpoint/weight-scope.js";
import { GraphBuilder } from "../../src/graph/graph-builder.js";
import { parseMovqConfig } from "../../src/models/movq/config.js";
import { movqDecoder } from "../../src/models/movq/decoder.js";
import { movqEncoder } from "../../src/models/movq/encoder.js";
import { parseNpy } from "../../src/tensor/npy.js";
import { tensor, type Tensor } from "../../src/tensor/tensor.js";
import { expectClose } from "../support/closeness.js";
import type { GoldenCase } from "../support/goldens.js";
import { originalCases, originalFixture } from "../support/original.js";
import { runProgram } from "../support/run-program.js";

interface MovqCase extends GoldenCase {
  readonly model: string;
  readonly files: Readonly<Record<"image" | "latent", string>> &
    Readonly<Record<"encoded" | "decoded", { readonly file: string; readonly tolerance: number }>>;
}

function golden(path: string): Tensor {
  const { shape, data } = parseNpy(readFileSync(originalFixture(path)));
  return tensor(shape, Float32Array.from(data as ArrayLike<number>, Number));
}

test.each(originalCases<MovqCase>("movq"))("$id", async ({ model, files }) => {
  const folder = await openModelFolder(originalFixture(model));
  const { json, file } = await readPartConfig(folder, "movq");
  const config = parseMovqConfig(json, file);
  const scope = WeightScope.root(await openPart(folder, "movq"));
  const [image, latent] = [golden(files.image), golden(files.latent)];
  const graph = new GraphBuilder();
  const outputs = new Map([
    ["encoded", movqEncoder(scope, graph.input("image", "float32", image.shape), config)],
    ["decoded", movqDecoder(scope, graph.input("latent", "float32", latent.shape), config)],
  ]);
  scope.audit();
  const actual = await runProgram(outputs, { image, latent });
  for (const name of ["encoded", "decoded"] as const) {
    expectClose(actual.get(name) ?? expect.fail(name), golden(files[name].file), files[name].tolerance, name);
  }
});
