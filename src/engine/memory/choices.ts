/**
 * The ways to run each part of a model, in the order in which they are tried, and what each takes. Sizes come from shapes alone.
 */
import { CheckpointError } from "../../errors.js";
import type { TensorSource } from "../../checkpoint/tensor-location.js";
import { formatSize } from "../../text/byte-size.js";
import type { BandedNetwork } from "../components/movq-bands.js";
import { dtypeOf, FULL_PRECISION, type Precision } from "../../components/precision.js";
import { MAX_TOKENS } from "../components/prompt-embeds.js";
import type { StageOptions } from "../execution/staged-session.js";
import type { TextEncoder } from "../../loading/text-encoder.js";
import type { UNetModel } from "../../loading/unet-model.js";
import { outputBytes, type ProgramUse, residentBytes } from "./resident-bytes.js";
import { quantizedSource } from "../quantization/quantized-source.js";
import type { NetworkDtype, OpenedNetwork, Sides } from "../../components/network.js";
import { textEncoderProgram } from "../../components/text-encoder.js";
import { hoistedUNet, type HoistedUNet } from "../components/hoisted-unet.js";
import type { TextForm } from "../../models/unet/inputs.js";
import type { Program } from "../../graph/program.js";

/** One way to run a phase. */
export interface Choice<Setting> {
  /** Beside the process itself. */
  readonly bytes: number;
  readonly setting: Setting;
  /** What is done to save memory, in the user's words; `undefined` when nothing is. */
  readonly remedy: string | undefined;
}

export interface Weighted {
  readonly dtype: NetworkDtype;
  readonly stages: StageOptions;
}

/** Weights that a stage holds; small stages cost hand-overs. */
const STAGES = [2048, 1024, 512, 256, 128].map((mebibytes) => mebibytes * 1024 ** 2);
/** Into how many bands MoVQ's pictures are cut. */
const CUTS = [2, 3, 4, 6, 8, 12, 16, 24, 32];
/** Sizes do not depend on which of the 8-bit kernels a machine has. */
const ANY_KERNELS = { full: "int8", reduced: "int8" } as const;

/** A text encoder runs stage by stage anyway, so it fits in its own type nearly everywhere. */
export function* textChoices(
  { weights, stored }: TextEncoder,
  precision: Precision | undefined,
): Generator<Choice<Weighted>> {
  if (weights instanceof CheckpointError) {
    yield { bytes: 0, setting: { dtype: precision?.text_encoder ?? stored, stages: {} }, remedy: undefined };
    return;
  }
  for (const dtype of dtypesOf(precision?.text_encoder, stored, ["int8", "int4"])) {
    const source = sourceIn(weights, dtype);
    const program = textEncoderProgram(source, weights.config, MAX_TOKENS);
    for (const [index, maxStageBytes] of STAGES.entries()) {
      const { bytes } = residentBytes(program, { stages: "released", runs: "again", stageBytes: maxStageBytes });
      const rounded = dtype === (precision?.text_encoder ?? stored) ? [] : [`text encoder in ${dtype}`];
      const staged = index === 0 ? [] : [`text encoder in stages of ${formatSize(maxStageBytes)}`];
      const measure = [...rounded, ...staged].join(", ");
      yield { bytes, setting: { dtype, stages: { maxStageBytes } }, remedy: measure === "" ? undefined : measure };
    }
  }
}

export interface UNetDemand {
  /** Of the latents. */
  readonly sides: Sides;
  readonly steps: number;
  /** Texts of both branches, whose conditioning stays with the engine while the steps run. */
  readonly texts: number;
  /** Positions of the texts, and the form that they are given in. */
  readonly tokens: number;
  readonly form: TextForm;
  readonly reuseFeatures: number | undefined;
}

/** Rounded weights before weights that are read at every step, which is the slowest way of all. */
export function* unetChoices(
  unet: UNetModel,
  { sides, steps, texts, tokens, form, reuseFeatures = 1 }: UNetDemand,
  precision: Precision | undefined,
): Generator<Choice<Weighted>> {
  const stored = dtypeOf(unet.source.scheme);
  const dtypes = dtypesOf(precision?.unet, stored, ["int8"]);
  // Nothing is built before it is asked for: most requests fit in the first type.
  const built = new Map<NetworkDtype, { readonly prologue: Program; readonly each: HoistedUNet }>();
  const programsIn = (dtype: NetworkDtype): { readonly prologue: Program; readonly each: HoistedUNet } => {
    const sizes = { ...sides, tokens, form, keepsFeatures: reuseFeatures > 1 };
    const each = hoistedUNet({ ...unet, source: sourceIn(unet, dtype) }, sizes);
    return { prologue: each.prologue(steps), each };
  };
  for (const offload of [false, true]) {
    for (const dtype of dtypes) {
      const programs = built.get(dtype) ?? programsIn(dtype);
      built.set(dtype, programs);
      const { prologue, each } = programs;
      const conditioning = outputBytes(prologue);
      for (const maxStageBytes of STAGES) {
        const use: ProgramUse = { stages: "released", runs: "again", stageBytes: maxStageBytes };
        const once = residentBytes(prologue, use).bytes;
        const running: ProgramUse = { ...use, stages: offload ? "released" : "kept" };
        const step = residentBytes(each.body, running).bytes;
        const outer = each.outer === undefined || offload ? 0 : residentBytes(each.outer.program, running).bytes;
        const measures = [
          ...(dtype === (precision?.unet ?? stored) ? [] : [`U-Net in ${dtype}`]),
          ...(offload ? ["U-Net read from the disk at every step"] : []),
        ];
        yield {
          // The results for one text are among what the prologue holds itself.
          bytes: Math.max(once + (texts - 1) * conditioning, step + outer + texts * conditioning),
          setting: { dtype, stages: { maxStageBytes, offload } },
          remedy: measures.length === 0 ? undefined : measures.join(", "),
        };
      }
    }
  }
}

/** Whole, or in ever smaller bands. */
export function* movqChoices(
  what: string,
  { height }: Sides,
  network: { readonly whole: () => number; readonly banded: (rows: number) => BandedNetwork | undefined },
): Generator<Choice<number | undefined>> {
  yield { bytes: network.whole(), setting: undefined, remedy: undefined };
  const margin = network.banded(height)?.margin;
  if (margin === undefined) {
    return;
  }
  for (const cuts of CUTS) {
    const rows = Math.ceil(height / cuts) + 2 * margin;
    const banded = rows < height ? network.banded(rows) : undefined;
    if (banded !== undefined) {
      const near = residentBytes(banded.whole, { stages: "released", runs: "once" }).bytes;
      const bands = residentBytes(banded.bands.given, { stages: "kept", runs: "again" }).bytes;
      yield { bytes: Math.max(near, bands), setting: rows, remedy: `${what} in ${cuts} bands` };
    }
  }
}

/** The wanted type alone, or the stored one and smaller ones. */
function dtypesOf(
  wanted: NetworkDtype | undefined,
  stored: NetworkDtype,
  smaller: readonly NetworkDtype[],
): readonly NetworkDtype[] {
  if (wanted !== undefined) {
    return [wanted];
  }
  return stored === "fp32" ? [stored, ...smaller] : [stored];
}

/** A part's weights as they would be in this type. */
export function sourceIn(opened: OpenedNetwork, dtype: NetworkDtype): TensorSource {
  return quantizedSource(opened, { ...FULL_PRECISION, [opened.network.kind]: dtype }, ANY_KERNELS);
}
