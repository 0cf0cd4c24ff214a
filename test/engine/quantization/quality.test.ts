/** How far networks and pictures are from float32 in fewer bits. docs/int8.md has the figures of twenty prompts. */
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import type { SchemeName } from "../../../src/checkpoint/quantized/quantization-scheme.js";
import { openModelFolder, openWeightsOf } from "../../../src/loading/model-folder.js";
import type { TensorSource } from "../../../src/checkpoint/tensor-location.js";
import type { Program } from "../../../src/graph/program.js";
import { convertModel } from "../../../src/convert/convert-model.js";
import { BUNDLED_MODEL } from "../../../src/loading/bundled-model.js";
import { Kandinsky3 } from "../../../src/pipeline/kandinsky3.js";
import { quantizableWeights } from "../../../src/engine/quantization/quantizable-weights.js";
import { floatOutput, StagedSession } from "../../../src/engine/execution/staged-session.js";
import { InferenceProcess } from "../../../src/runtime/inference-process.js";
import { TINY, waves } from "../../support/tiny-networks.js";
import { relativeError, roundedSource, scratch } from "./quantized-network.js";
import { UNET, unetPrograms } from "../../../src/components/unet.js";
import { MOVQ, movqDecoderProgram } from "../../../src/components/movq.js";
import { TEXT_ENCODER, textEncoderProgram } from "../../../src/components/text-encoder.js";
import { type Network, readNetworkConfig } from "../../../src/components/network.js";
import type { Feed } from "../../../src/runtime/engine.js";

beforeAll(() => {
  process.env["KANDINSKY3_CACHE"] = join(scratch, "cache");
});

async function output(program: Program): Promise<Float32Array> {
  await using engine = InferenceProcess.start({ threads: 2 });
  const session = await StagedSession.open(engine, program);
  const feeds = program.inputs.map(({ name, dtype, shape }): [string, Feed] => [
    name,
    dtype === "int64"
      ? { shape, data: BigInt64Array.from({ length: shape[1] ?? 0 }, (_, id) => BigInt(id + 3)) }
      : waves(shape),
  ]);
  return floatOutput(await session.run(Object.fromEntries(feeds)), "output").data;
}

async function errorOf<Config>(
  network: Network<Config>,
  scheme: SchemeName,
  build: (source: TensorSource, config: Config) => Program,
): Promise<number> {
  const source = await openWeightsOf(await openModelFolder(TINY), network.kind);
  const config = await readNetworkConfig(network, `${TINY}/${network.kind}/config.json`);
  const rounded = await roundedSource(source, quantizableWeights({ network, config, source }, scheme), scheme);
  expect([...rounded.tensors.keys()].some((key) => key.endsWith("_scale"))).toBe(true);
  return relativeError(await output(build(rounded, config)), await output(build(source, config)));
}

describe("the tiny networks", () => {
  test.each([
    ["int8-full", 0.03],
    ["int8-reduced", 0.04],
  ] as const)("U-Net with %s weights: one prediction is within %d of float32", async (scheme, tolerance) => {
    const error = await errorOf(
      UNET,
      scheme,
      (source, config) => unetPrograms(source, config, { height: 16, width: 16 }, 5).whole,
    );
    expect(error).toBeLessThan(tolerance);
  });

  test.each([
    ["int8-full", 0.05],
    ["int8-reduced", 0.08],
  ] as const)("MoVQ's decoder with %s weights is within %d of float32", async (scheme, tolerance) => {
    const error = await errorOf(MOVQ, scheme, (source, config) =>
      movqDecoderProgram(source, config, { height: 8, width: 8 }),
    );
    expect(error).toBeLessThan(tolerance);
  });

  test.each([
    ["int8-columns", 0.02],
    ["int4-blocks", 0.2],
  ] as const)("text encoder with %s weights is within %d of float32", async (scheme, tolerance) => {
    const error = await errorOf(TEXT_ENCODER, scheme, (source, config) => textEncoderProgram(source, config, 12));
    expect(error).toBeLessThan(tolerance);
  });
});

describe("the bundled model", { timeout: 300_000 }, () => {
  const request = { prompt: "a red house in the snow", seed: 1, numInferenceSteps: 5, outputType: "tensor" } as const;
  let expected: Float32Array;
  beforeAll(async () => {
    await using pipe = await Kandinsky3.fromPretrained();
    expected = (await pipe.textToImage(request)).images.data;
  }, 300_000);
  const psnr = (actual: Float32Array): number => {
    const squares = actual.reduce((sum, value, index) => sum + (value - (expected[index] ?? NaN)) ** 2, 0);
    return -10 * Math.log10(squares / actual.length);
  };

  test("int8: rounded once into the cache, a picture above 30 dB, the same from a converted folder", async () => {
    const told = new Set<string>();
    await using pipe = await Kandinsky3.fromPretrained(BUNDLED_MODEL, {
      dtype: "int8",
      onQuantization: ({ component: part, dtype }) => told.add(`${part} ${dtype}`),
    });
    expect(told.size).toBe(0);
    expect(pipe.dtype).toBe("int8");
    const { images } = await pipe.textToImage(request);
    expect([...told]).toEqual(["text_encoder int8", "unet int8"]);
    expect(psnr(images.data)).toBeGreaterThan(30);

    await using again = await Kandinsky3.fromPretrained(BUNDLED_MODEL, {
      dtype: "int8",
      promptCache: false,
      onQuantization: () => expect.fail(),
    });
    expect(again.dtype).toBe("int8");
    expect((await again.textToImage(request)).images).toEqual(images);

    const folder = join(scratch, "converted");
    await convertModel(BUNDLED_MODEL, folder, { dtype: "int8" });
    await using converted = await Kandinsky3.fromPretrained(folder);
    expect(converted.dtype).toBe("int8");
    expect((await converted.textToImage(request)).images).toEqual(images);
    await expect(Kandinsky3.fromPretrained(folder, { dtype: "fp32" })).rejects.toThrow(
      /^dtype: text_encoder.model.safetensors holds int8 weights, expected int8 for it, got fp32$/,
    );
  });

  test("int4 for the text, int8 for the rest: above 25 dB", async () => {
    await using pipe = await Kandinsky3.fromPretrained(BUNDLED_MODEL, {
      dtype: "text_encoder=int4,unet=int8,movq=int8",
    });
    const { images } = await pipe.textToImage(request);
    expect(psnr(images.data)).toBeGreaterThan(25);
  });
});
