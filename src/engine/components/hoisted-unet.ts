/**
 * The U-Net built for a size of image and a length of text: once, for whoever estimates what it takes and whoever runs it. What depends
 * on time and text alone is separated from the rest, and on request the outermost level from the inner ones.
 */
import type { TensorSource } from "../../checkpoint/tensor-location.js";
import { WeightScope } from "../../checkpoint/weight-scope.js";
import type { OpenedNetwork, Sides } from "../../components/network.js";
import { InternalError } from "../../errors.js";
import { GraphBuilder } from "../../graph/graph-builder.js";
import { withFirstAxis } from "../../graph/first-axis.js";
import { hoist } from "../../graph/partition.js";
import { type Program, programOf } from "../../graph/program.js";
import type { UNetConfig } from "../../models/unet/config.js";
import { innermostLevels, stepInvariant, type TextForm, unetInputs } from "../../models/unet/inputs.js";
import { unet } from "../../models/unet/unet.js";

export interface HoistedUNet {
  /** What depends on time and text alone, for so many times at once. */
  readonly prologue: (steps: number) => Program;
  /** What runs at every step; it reads the prologue's results. */
  readonly body: Program;
  /** When features are kept: the part of `body` that is left when they are fed, and the name that they have. */
  readonly outer: { readonly program: Program; readonly features: string } | undefined;
}

export interface HoistedUNetSizes extends Sides {
  /** Positions of the text. */
  readonly tokens: number;
  readonly form: TextForm;
  /** Whether the output of the inner levels is to be kept. */
  readonly keepsFeatures: boolean;
}

/** Sizes of one network that stay built: a request has one with its twin, or two while it is fitted into the memory. */
const MOST_SIZES = 4;
const built = new WeakMap<TensorSource, Map<string, HoistedUNet>>();

/** The U-Net for samples of `[1, in_channels, height, width]`. */
export function hoistedUNet(opened: OpenedNetwork<UNetConfig>, sizes: HoistedUNetSizes): HoistedUNet {
  const known = built.get(opened.source) ?? new Map<string, HoistedUNet>();
  built.set(opened.source, known);
  const { height, width, tokens, form, keepsFeatures } = sizes;
  const key = [height, width, tokens, form, keepsFeatures].join(" ");
  const hoisted = known.get(key) ?? build(opened, sizes);
  known.delete(key);
  known.set(key, hoisted);
  for (const oldest of [...known.keys()].slice(0, -MOST_SIZES)) {
    known.delete(oldest);
  }
  return hoisted;
}

function build({ config, source }: OpenedNetwork<UNetConfig>, sizes: HoistedUNetSizes): HoistedUNet {
  const { height, width, tokens, form, keepsFeatures } = sizes;
  const graph = new GraphBuilder();
  const inputs = unetInputs(graph, config, { height, width, tokens, textForm: form });
  const prediction = unet(WeightScope.root(source), inputs, config);
  const outputs = new Map([["prediction", prediction]]);
  const path = innermostLevels(config);
  const features = graph.taps.get(path);
  if (features === undefined) {
    throw new InternalError(`the U-Net has no block ${path}`);
  }
  const returned = keepsFeatures ? new Map([...outputs, [features.name, features]]) : outputs;
  const { prologue, body } = hoist(programOf(returned), stepInvariant(inputs));
  return {
    prologue: (steps) => withFirstAxis(prologue, inputs.timesteps, steps),
    body,
    outer: keepsFeatures
      ? { program: programOf(outputs, new Set([...body.inputs, features])), features: features.name }
      : undefined,
  };
}
