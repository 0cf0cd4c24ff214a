/**
 * Texts to what the U-Net is told. The rules are those of `encode_prompt` and `process_embeds` in diffusers,
 * pipelines/kandinsky3/pipeline_kandinsky3.py, odd ones included, since pictures depend on them.
 */
import { WeightScope } from "../../checkpoint/weight-scope.js";
import { GraphBuilder } from "../../graph/graph-builder.js";
import { type Program, programOf } from "../../graph/program.js";
import type { T5Config } from "../../models/t5/config.js";
import { relativePositionBuckets } from "../../models/t5/position-bias.js";
import { T5_UNUSED, t5Encoder } from "../../models/t5/encoder.js";
import { tensor, type Tensor } from "../../tensor/tensor.js";
import type { Encoding, Tokenizer } from "../../tokenizer/tokenizer.js";
import { floatOutput } from "../execution/staged-session.js";
import { type KeptProgram, runProgram } from "../residency/run-program.js";
import type { Workplace } from "../residency/workplace.js";
import type { OpenedNetwork } from "../../components/network.js";
import { requireFinite } from "../../tensor/finite.js";
import { axisSize } from "../../tensor/shape.js";

/** Most tokens of a prompt, `</s>` included; fixed in the reference's code. */
export const MAX_TOKENS = 128;

const ENCODERS = { name: "encoder", most: 2 };

const LOWEST_FLOAT32 = -3.4028234663852886e38;

/** One batch of texts as the U-Net takes it. */
export interface PromptEmbeds {
  /** `[N, L, d_model]`, or `[N, L, cross_attention_dim]` where the original's texts are used; rows of padding are zero. */
  readonly embeds: Tensor;
  /** `[N, L]` of 1 and 0. */
  readonly mask: Tensor;
}

/** The prompts of a request as tokens, which everything that needs them reads. */
export interface PromptTokens {
  readonly prompts: readonly Encoding[];
  readonly negativePrompts: readonly Encoding[];
}

/** Token ids of each text, and what did not fit. */
export function tokenize(tokenizer: Tokenizer, texts: readonly string[]): readonly Encoding[] {
  return texts.map((text) => tokenizer.encode(text, MAX_TOKENS));
}

/**
 * Runs the text encoder over all texts at once. Only as many positions as the longest text has are computed: padding
 * influences nothing.
 * @param rows token ids of each text
 * @returns per text `[tokens, d_model]`
 */
export async function encodePromptTokens(
  place: Workplace,
  { config, source }: OpenedNetwork<T5Config>,
  rows: readonly Int32Array[],
  maxStageBytes?: number,
): Promise<readonly Tensor[]> {
  const length = Math.max(...rows.map((row) => row.length));
  const batch = rows.length;
  const ids = new BigInt64Array(batch * length);
  const bias = new Float32Array(batch * length).fill(LOWEST_FLOAT32);
  rows.forEach((row, index) => {
    row.forEach((id, position) => {
      ids[index * length + position] = BigInt(id);
      bias[index * length + position] = 0;
    });
  });

  const build = (tokens: number): Program => {
    const graph = new GraphBuilder();
    const scope = WeightScope.root(source);
    const hidden = t5Encoder(
      scope,
      graph.input("input_ids", "int64", [batch, tokens]),
      batch === 1 ? undefined : graph.input("mask", "float32", [batch, 1, 1, tokens]),
      config,
      graph.input("buckets", "int64", [tokens, tokens]),
    );
    scope.audit(T5_UNUSED);
    return programOf(new Map([["states", hidden]]));
  };
  const feeds = {
    input_ids: { shape: [batch, length], data: ids },
    mask: { shape: [batch, 1, 1, length], data: bias },
    buckets: { shape: [length, length], data: relativePositionBuckets(length, config) },
  };
  // The length is free; the number of texts is not, since the program folds both into one axis and back.
  const program: KeptProgram = {
    group: ENCODERS,
    key: `${batch} texts`,
    build: () => ({ program: build(length), twin: build(length + 1) }),
    maxStageBytes,
  };
  const [result = {}] = await runProgram(place, program, [feeds]);
  const { shape, data } = requireFinite(floatOutput(result, "states"), "text_encoder");
  const width = axisSize(shape, 2);
  return rows.map((row, index) => {
    const start = index * length * width;
    return tensor([row.length, width], data.slice(start, start + row.length * width));
  });
}

/** Positions that a batch of prompts keeps: one of padding beyond the longest, which the U-Net's pooling counts. */
export function contextLength(tokenCounts: readonly number[]): number {
  return Math.min(Math.max(...tokenCounts) + 1, MAX_TOKENS);
}

/** Lays texts of `[tokens, d_model]` out as one batch; longer ones lose their tail, shorter ones end in zeros. */
export function batchPrompts(texts: readonly Tensor[], length: number): PromptEmbeds {
  const width = texts[0]?.shape[1] ?? 0;
  const embeds = tensor([texts.length, length, width]);
  const mask = tensor([texts.length, length]);
  texts.forEach(({ shape, data }, index) => {
    const kept = Math.min(axisSize(shape, 0), length);
    embeds.data.set(data.subarray(0, kept * width), index * length * width);
    mask.data.fill(1, index * length, index * length + kept);
  });
  return { embeds, mask };
}

/** What stands for "no text": zeros, and a mask that attends to all of them alike. */
export function emptyPrompts({ embeds, mask }: PromptEmbeds): PromptEmbeds {
  return { embeds: tensor(embeds.shape), mask: tensor(mask.shape) };
}

/**
 * One text for each of `images` pictures: embeddings repeat as p0 p0 p1 p1, but masks as m0 m1 m0 m1. With several prompts
 * of different length the two do not line up; the reference has it so.
 */
export function repeatPrompts({ embeds, mask }: PromptEmbeds, imagesPerPrompt: number): PromptEmbeds {
  const texts = axisSize(embeds.shape, 0);
  const rows = Array.from({ length: texts * imagesPerPrompt }, (_, index) => index);
  return {
    embeds: gather(
      embeds,
      rows.map((index) => Math.floor(index / imagesPerPrompt)),
    ),
    mask: gather(
      mask,
      rows.map((index) => index % texts),
    ),
  };
}

function gather(source: Tensor, rows: readonly number[]): Tensor {
  const size = source.data.length / (source.shape[0] ?? 1);
  const gathered = tensor([rows.length, ...source.shape.slice(1)]);
  rows.forEach((from, to) => {
    gathered.data.set(source.data.subarray(from * size, (from + 1) * size), to * size);
  });
  return gathered;
}
