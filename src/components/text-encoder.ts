/** The text encoder as a component: T5, whose matrices are multiplied by few rows. */
import type { TensorSource } from "../checkpoint/tensor-location.js";
import { WeightScope } from "../checkpoint/weight-scope.js";
import { GraphBuilder } from "../graph/graph-builder.js";
import type { Program } from "../graph/program.js";
import { parseT5Config, type T5Config } from "../models/t5/config.js";
import { T5_UNUSED, t5Encoder } from "../models/t5/encoder.js";
import { type Network, returning } from "./network.js";

/** The fewest tokens that a text has: a word and its end. */
const FEWEST_TOKENS = 2;

/** 4 bits are for this network alone: the engine has no 4-bit convolution. */
export const TEXT_ENCODER: Network<T5Config> = {
  kind: "text_encoder",
  weightsBase: "model",
  parseConfig: parseT5Config,
  smallest: (scope, config, graph) => [encoderProgram(scope, config, FEWEST_TOKENS, graph)],
  unused: T5_UNUSED,
  dtypes: { fp32: "fp32", int8: "int8", int4: "int4" },
  schemeOf: (dtype) => (dtype === "int4" ? "int4-blocks" : "int8-columns"),
};

/** The text encoder for one text of `tokens` tokens: `input_ids` `[1, tokens]` to `output` `[1, tokens, d_model]`. */
export function textEncoderProgram(source: TensorSource, config: T5Config, tokens: number): Program {
  return encoderProgram(WeightScope.root(source), config, tokens, new GraphBuilder());
}

function encoderProgram(scope: WeightScope, config: T5Config, tokens: number, graph: GraphBuilder): Program {
  return returning(t5Encoder(scope, graph.input("input_ids", "int64", [1, tokens]), undefined, config));
}
