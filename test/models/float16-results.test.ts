/** What the networks compute in half floats is what they compute in float32, as far as 11 bits go. */
import { describe, expect, test } from "vitest";
import { GraphBuilder } from "../../src/graph/graph-builder.js";
import { cast } from "../../src/graph/ops/index.js";
import type { ComputeType, Value } from "../../src/graph/value.js";
import { readMovqConfig } from "../../src/models/movq/config.js";
import { movqDecoder } from "../../src/models/movq/decoder.js";
import { movqEncoder } from "../../src/models/movq/encoder.js";
import { readT5Config } from "../../src/models/t5/config.js";
import { t5Encoder } from "../../src/models/t5/encoder.js";
import { readUNetConfig } from "../../src/models/unet/config.js";
import { unetInputs } from "../../src/models/unet/inputs.js";
import { unet } from "../../src/models/unet/unet.js";
import { tensor, type Tensor } from "../../src/tensor/tensor.js";
import { runProgram } from "../support/run-program.js";
import { TINY, tinyScope, waves } from "../support/tiny-networks.js";
import type { Feeds } from "../../src/runtime/engine.js";

/** Largest error beside the largest number. Half floats keep 11 bits, and errors add up over the layers. */
const TOLERANCE = 0.02;

/** A network whose inputs and output are float32 whatever it computes in, so that the same feeds suit both. */
type Build = (graph: GraphBuilder) => Promise<Value>;

function inputOf(graph: GraphBuilder, name: string, shape: readonly number[]): Value {
  return cast(graph.input(name, "float32", shape), graph.computeType);
}

async function resultOf(build: Build, feeds: Feeds, computeType: ComputeType): Promise<Tensor> {
  const output = cast(await build(new GraphBuilder({ computeType })), "float32");
  return (await runProgram(new Map([["y", output]]), feeds)).get("y") ?? expect.fail("no output y");
}

interface Case {
  readonly name: string;
  readonly build: Build;
  readonly feeds: Feeds;
}

const CASES: readonly Case[] = [
  {
    name: "the text encoder",
    build: async (graph) =>
      t5Encoder(
        await tinyScope("text_encoder"),
        graph.input("input_ids", "int64", [1, 6]),
        undefined,
        await readT5Config(`${TINY}/text_encoder/config.json`),
      ),
    feeds: { input_ids: { shape: [1, 6], data: BigInt64Array.from({ length: 6 }, (_, index) => BigInt(index + 2)) } },
  },
  {
    name: "the U-Net",
    build: async (graph) => {
      const config = await readUNetConfig(`${TINY}/unet/config.json`);
      const declared = unetInputs(graph, config, { height: 16, width: 16, tokens: 5 });
      const inputs = {
        ...declared,
        sample: inputOf(graph, "sample", declared.sample.shape),
        text: inputOf(graph, "encoder_hidden_states", declared.text.shape),
        scoreBias: inputOf(graph, "score_bias", declared.scoreBias.shape),
      };
      return unet(await tinyScope("unet"), inputs, config);
    },
    feeds: {
      sample: waves([1, 4, 16, 16]),
      timesteps: tensor([1], Float32Array.of(999)),
      encoder_hidden_states: waves([1, 5, (await readUNetConfig(`${TINY}/unet/config.json`)).encoder_hid_dim]),
      score_bias: tensor([1, 1, 1, 5], Float32Array.of(0, 0, 0, -10_000, -10_000)),
    },
  },
  {
    name: "MoVQ's encoder",
    build: async (graph) =>
      movqEncoder(
        await tinyScope("movq"),
        inputOf(graph, "image", [1, 3, 32, 64]),
        await readMovqConfig(`${TINY}/movq/config.json`),
      ),
    feeds: { image: waves([1, 3, 32, 64]) },
  },
  {
    name: "MoVQ's decoder",
    build: async (graph) =>
      movqDecoder(
        await tinyScope("movq"),
        inputOf(graph, "latents", [1, 4, 4, 8]),
        await readMovqConfig(`${TINY}/movq/config.json`),
      ),
    feeds: { latents: waves([1, 4, 4, 8]) },
  },
];

describe.each(CASES)("$name", ({ build, feeds }) => {
  test(`is within ${TOLERANCE} of float32`, async () => {
    const expected = await resultOf(build, feeds, "float32");
    const actual = await resultOf(build, feeds, "float16");
    expect(actual.shape).toEqual(expected.shape);
    const largest = expected.data.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const error = expected.data.reduce((most, value, at) => Math.max(most, Math.abs(value - (actual.data[at] ?? NaN))), 0);
    expect(error / largest).toBeLessThan(TOLERANCE);
    expect(error, "half floats are really used").toBeGreaterThan(0);
  });
});
