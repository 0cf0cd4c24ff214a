/**
 * What the rest of the program has to know of a kind of network: how its files are called and read, which programs it is, and in
 * how many bits its weights may be. The networks themselves are in models/.
 */
import type { UnusedAllowance } from "../checkpoint/audit.js";
import type { SchemeName } from "../checkpoint/quantized/quantization-scheme.js";
import type { TensorSource } from "../checkpoint/tensor-location.js";
import type { WeightScope } from "../checkpoint/weight-scope.js";
import type { GraphBuilder } from "../graph/graph-builder.js";
import { type OnNote, readJson } from "../files/json-file.js";
import { programOf, type Program } from "../graph/program.js";
import type { IntegerKernels } from "../graph/quantized/lower.js";
import type { Value } from "../graph/value.js";

/** What a network computes in: weights in so many bits, sums in float32. */
export const NETWORK_DTYPES = ["fp32", "int8", "int4"] as const;
export type NetworkDtype = (typeof NETWORK_DTYPES)[number];

/** The kinds of networks; a model has several of the kind `unet`. */
export type NetworkKind = "text_encoder" | "unet" | "movq";

export interface Network<Config> {
  readonly kind: NetworkKind;
  /** Weight files are called this with an extension: transformers and diffusers call theirs differently. */
  readonly weightsBase: "model" | "diffusion_pytorch_model";
  /** Checks the parsed JSON of `file`; unknown keys are told. Throws `ConfigError` with file and key. */
  parseConfig(json: unknown, file: string, onNote?: OnNote): Config;
  /** Builds it at the smallest size; the programs together read every tensor that the network needs. */
  smallest(scope: WeightScope, config: Config, graph: GraphBuilder): readonly Program[];
  /** Tensors that its files may hold beside those. */
  readonly unused: readonly UnusedAllowance[];
  /** What one word for the whole model means for this network. */
  readonly dtypes: Readonly<Record<NetworkDtype, NetworkDtype>>;
  /** How its weights are stored in fewer bits. Where signed inputs need it, 7 bits are exact and faster than 8 with unsigned ones. */
  schemeOf(dtype: Exclude<NetworkDtype, "fp32">, kernels: IntegerKernels): SchemeName;
  /** Keys of weights that keep their precision although a layer with an integer kernel reads them. */
  readonly keepsPrecision?: RegExp;
}

/** A network with its configuration and the places of its weights. */
export interface OpenedNetwork<Config = unknown> {
  readonly network: Network<Config>;
  readonly config: Config;
  readonly source: TensorSource;
}

/** Reads a network's `config.json`. Throws `ConfigError` with file and key. */
export async function readNetworkConfig<Config>(network: Network<Config>, file: string): Promise<Config> {
  return network.parseConfig(await readJson(file), file);
}

/** Sides of an image in pixels, or of its latents. */
export interface Sides {
  readonly height: number;
  readonly width: number;
}

/** The scheme of networks that are made of convolutions, whose weights are read as they are stored. */
export function convolutionScheme(kernels: IntegerKernels): SchemeName {
  return kernels.full === "int8" ? "int8-full" : "int8-reduced";
}

/** The program that returns `output` under that name. */
export function returning(output: Value): Program {
  return programOf(new Map([["output", output]]));
}
