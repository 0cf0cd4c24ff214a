/**
 * MoVQ cut in two: the part near the latents runs whole, the one near the picture, where nearly all memory goes, in bands of rows.
 * The cut lies where pictures are half as large, before the decoder's last enlargement and after the encoder's first reduction.
 */
import { WeightScope } from "../../checkpoint/weight-scope.js";
import { bandProgram, type BandProgram, canBand } from "../../graph/bands.js";
import { GraphBuilder } from "../../graph/graph-builder.js";
import { type Program, programOf } from "../../graph/program.js";
import type { Value } from "../../graph/value.js";
import { type MovqConfig, movqScale } from "../../models/movq/config.js";
import { movqDecoder } from "../../models/movq/decoder.js";
import { movqEncoder } from "../../models/movq/encoder.js";
import type { OpenedNetwork, Sides } from "../../components/network.js";

type Movq = OpenedNetwork<MovqConfig>;

/** A network whose part near the picture runs in bands. Programs read `input` and return `output`. */
export interface BandedNetwork {
  /** Runs whole; of the decoder it comes first, of the encoder last. */
  readonly whole: Program;
  readonly bands: BandProgram;
  /** Name of the value between the two, which one returns and the other reads. */
  readonly cut: string;
  /** Rows of latents that a band has on either side beyond those that count. */
  readonly margin: number;
}

/** @param rows of latents in a band; `undefined` when this model has no such cut */
export function decoderInBands({ config, source }: Movq, latents: Sides, rows: number): BandedNetwork | undefined {
  const level = config.block_out_channels.length - 2;
  const kind = config.up_block_types[level] === "AttnUpDecoderBlock2D" ? "attentions" : "resnets";
  const path = `decoder.up_blocks.${level}.${kind}.${config.layers_per_block}`;
  const build = (height: number): Built => {
    const graph = new GraphBuilder();
    const input = graph.input("input", "float32", [1, config.vq_embed_dim, height, latents.width]);
    return { graph, output: movqDecoder(WeightScope.root(source), input, config) };
  };
  const [full, band] = [tapped(build(latents.height), path), tapped(build(rows), path)];
  if (full === undefined || band === undefined) {
    return undefined;
  }
  const last = programOf(new Map([["output", band.output]]), new Set([band.cut]));
  // The enlargement's convolution, two in every residual block, and the one that makes pixels: one row each.
  const margin = Math.ceil((2 * (config.layers_per_block + 1) + 2) / movqScale(config));
  const whole = programOf(new Map([[full.cut.name, full.cut]]));
  return canBand(last) ? { whole, bands: bandProgram(last), cut: full.cut.name, margin } : undefined;
}

/** @param rows of latents in a band; `undefined` when this model has no such cut */
export function encoderInBands({ config, source }: Movq, latents: Sides, rows: number): BandedNetwork | undefined {
  const scale = movqScale(config);
  const build = (height: number): Built => {
    const graph = new GraphBuilder();
    const input = graph.input("input", "float32", [1, config.in_channels, scale * height, scale * latents.width]);
    return { graph, output: movqEncoder(WeightScope.root(source), input, config) };
  };
  const path = "encoder.down_blocks.0";
  const [full, band] = [tapped(build(latents.height), path), tapped(build(rows), path)];
  if (full === undefined || band === undefined || config.block_out_channels.length < 2) {
    return undefined;
  }
  const first = programOf(new Map([[band.cut.name, band.cut]]));
  // The first convolution, two in every residual block, and the reduction's: one row each.
  const margin = Math.ceil((2 * config.layers_per_block + 2) / scale);
  const whole = programOf(new Map([["output", full.output]]), new Set([full.cut]));
  return canBand(first) ? { whole, bands: bandProgram(first), cut: full.cut.name, margin } : undefined;
}

interface Built {
  readonly graph: GraphBuilder;
  readonly output: Value;
}

function tapped({ graph, output }: Built, path: string): { readonly cut: Value; readonly output: Value } | undefined {
  const cut = graph.taps.get(path);
  return cut === undefined ? undefined : { cut, output };
}
