/**
 * What a picture will cost on this machine, before anything is fetched or loaded: disk, memory and time of each phase, whether it
 * fits, and the largest picture that does if it does not.
 */
import type { z } from "zod";
import { UsageError } from "../errors.js";
import { movqScale } from "../models/movq/config.js";
import { UNET_STRIDE } from "../models/unet/config.js";
import type { Phase } from "../pipeline/events.js";
import type { MachineSpeed } from "./machine-speed.js";
import type { ModelOutline } from "./model-outline.js";
import type { plannedSchema } from "../pipeline/request/option-table.js";
import { REFERENCE_SIDE } from "../pipeline/request/resolve-settings.js";
import { isGuided, samplerDefaults } from "../scheduler/samplers.js";
import { chooseUNet } from "../pipeline/plan/choose-unet.js";
import { formatPrecision, parsePrecision } from "../components/precision.js";
import { quantizedOutline, storedPrecision } from "./quantized-outline.js";
import { outputBytes } from "../engine/memory/resident-bytes.js";
import { programCost, type ProgramCost } from "./program-costs.js";
import { textEncoderProgram } from "../components/text-encoder.js";
import { unetPrograms } from "../components/unet.js";
import { movqDecoderProgram } from "../components/movq.js";

/** The options of a picture that change what it costs. */
export type ImageDemand = Omit<z.input<typeof plannedSchema>, "variant" | "revision" | "threads">;

export interface PhasePlan {
  readonly phase: Phase;
  readonly peakBytes: number;
  readonly seconds: number;
}

export interface ImagePlan {
  readonly width: number;
  readonly height: number;
  readonly numInferenceSteps: number;
  readonly dtype: string;
  readonly guided: boolean;
  readonly phases: readonly PhasePlan[];
  readonly peakBytes: number;
  readonly secondsPerStep: number;
  readonly seconds: number;
}

export interface Fit {
  readonly plan: ImagePlan;
  readonly availableBytes: number;
  readonly fits: boolean;
  /** The largest picture of the same shape that fits, when the one asked for does not; `undefined` when none does. */
  readonly alternative: ImagePlan | undefined;
}

/** Tokens of a prompt of usual length, where none is given. */
const TOKENS = 20;
/** How programs run that are needed once. */
const ONCE = { stages: "released", runs: "once" } as const;
/** Sides that are tried when the wanted ones do not fit, as parts of them. */
const SMALLER = [0.875, 0.75, 0.625, 0.5, 0.375, 0.25, 0.125];

/** Types that are tried, in this order, when a picture does not fit in the wanted one. */
const SMALLER_DTYPES = ["int8", "int4"] as const;

/**
 * Plans the picture. When it does not fit into `availableBytes`, looks for the setting that costs least: fewer bits at the same
 * size, then smaller pictures.
 */
export function planModel(
  outline: ModelOutline,
  request: ImageDemand,
  speed: MachineSpeed,
  availableBytes: number,
): Fit {
  const plan = planImage(outline, request, speed);
  if (plan.peakBytes <= availableBytes) {
    return { plan, availableBytes, fits: true, alternative: undefined };
  }
  const dtypes = [request.dtype, ...smallerDtypes(outline, speed)];
  const candidates = [
    ...dtypes.slice(1).map((dtype) => ({ dtype, part: 1 })),
    ...SMALLER.flatMap((part) => dtypes.map((dtype) => ({ dtype, part }))),
  ];
  for (const { dtype, part } of candidates) {
    const size = { width: plan.width * part, height: plan.height * part };
    const alternative = planImage(outline, { ...request, ...size, dtype }, speed);
    if (alternative.peakBytes <= availableBytes) {
      return { plan, availableBytes, fits: false, alternative };
    }
  }
  return { plan, availableBytes, fits: false, alternative: undefined };
}

/** A model that is stored in fewer bits cannot be rounded again. */
function smallerDtypes(outline: ModelOutline, { integers }: MachineSpeed): readonly string[] {
  const rounds = integers !== undefined && formatPrecision(storedPrecision(outline)) === "fp32";
  return rounds ? SMALLER_DTYPES : [];
}

/** The outline with weights in the wanted types. */
function outlineIn(outline: ModelOutline, dtype: string | undefined, { integers }: MachineSpeed): ModelOutline {
  if (dtype === undefined) {
    return outline;
  }
  const precision = parsePrecision(dtype);
  if (formatPrecision(precision) === formatPrecision(storedPrecision(outline))) {
    return outline;
  }
  if (integers === undefined) {
    throw UsageError.of("dtype", `got ${dtype}, expected fp32: no integer kernel is exact on this machine`);
  }
  return quantizedOutline(outline, precision, integers.kernels);
}

/** Sides are rounded up as the pipeline rounds them. */
export function planImage(stored: ModelOutline, request: ImageDemand, speed: MachineSpeed): ImagePlan {
  const outline = outlineIn(stored, request.dtype, speed);
  const { defaults, textEncoder, movq, sampler, texts } = outline;
  const tokens = texts?.positions ?? TOKENS;
  const unet = chooseUNet(outline, "text-to-image", sampler);
  const reference = samplerDefaults(sampler, false);
  const scale = movqScale(movq.config);
  const multiple = scale * UNET_STRIDE;
  const side = (pixels: number): number => Math.max(1, Math.ceil(pixels / multiple)) * multiple;
  const width = side(request.width ?? defaults.width ?? REFERENCE_SIDE);
  const height = side(request.height ?? defaults.height ?? REFERENCE_SIDE);
  const numInferenceSteps = request.numInferenceSteps ?? defaults.numInferenceSteps ?? reference.numInferenceSteps;
  if (numInferenceSteps < 1) {
    throw UsageError.of("numInferenceSteps", `expected at least 1, got ${numInferenceSteps}`);
  }
  const guidanceScale = request.guidanceScale ?? defaults.guidanceScale ?? reference.guidanceScale;
  const guided = isGuided(sampler, guidanceScale);
  const passes = guided ? 2 : 1;
  const latents = { width: width / scale, height: height / scale };

  const text = programCost(textEncoderProgram(textEncoder.source, textEncoder.config, tokens), ONCE, speed);
  const { prologue, step } = unetPrograms(unet.source, unet.config, latents, tokens, numInferenceSteps);
  // The results for one text are among what the prologue holds itself.
  const conditioning = outputBytes(prologue);
  const once = programCost(prologue, ONCE, speed);
  const each = programCost(step, { stages: "kept", runs: "again" }, speed);
  const decoder = programCost(
    movqDecoderProgram(movq.source, movq.config, latents),
    { stages: "kept", runs: "once" },
    speed,
  );

  const secondsPerStep = passes * each.runSeconds;
  const phases: PhasePlan[] = [
    phaseOf("text_encoder", [text], text.openSeconds + text.runSeconds),
    phaseOf(
      "unet",
      [held(once, (passes - 1) * conditioning), held(each, passes * conditioning)],
      once.openSeconds + passes * once.runSeconds + each.openSeconds + numInferenceSteps * secondsPerStep,
    ),
    phaseOf("image_decoder", [decoder], decoder.openSeconds + decoder.runSeconds),
  ];
  return {
    width,
    height,
    numInferenceSteps,
    dtype: formatPrecision(storedPrecision(outline)),
    guided,
    phases,
    peakBytes: Math.max(...phases.map(({ peakBytes }) => peakBytes)),
    secondsPerStep,
    seconds: phases.reduce((sum, { seconds }) => sum + seconds, 0),
  };
}

/** The cost beside tensors that stay with the engine. */
function held(cost: ProgramCost, bytes: number): ProgramCost {
  return { ...cost, peakBytes: cost.peakBytes + bytes };
}

function phaseOf(phase: Phase, costs: readonly ProgramCost[], seconds: number): PhasePlan {
  return { phase, peakBytes: Math.max(...costs.map(({ peakBytes }) => peakBytes)), seconds };
}
