/**
 * Fits a generation into a given amount of memory. Every phase has a process of its own, so each part is fitted by itself: first
 * what gives the same picture, then weights in fewer bits, then what takes longest. Sizes come from shapes alone.
 */
import { UsageError } from "../../errors.js";
import type { Program } from "../../graph/program.js";
import { formatSize } from "../../text/byte-size.js";
import { movqScale } from "../../models/movq/config.js";
import type { ModelComponents } from "../../loading/model-components.js";
import { decoderInBands, encoderInBands } from "../components/movq-bands.js";
import { dtypeOf, type Precision } from "../../components/precision.js";
import type { StageOptions } from "../execution/staged-session.js";
import type { Role } from "../residency/workplaces.js";
import type { UNetModel } from "../../loading/unet-model.js";
import { type Choice, movqChoices, sourceIn, textChoices, unetChoices, type UNetDemand } from "./choices.js";
import { residentBytes } from "./resident-bytes.js";
import { movqDecoderProgram, movqEncoderProgram } from "../../components/movq.js";

/** How a generation stays inside its memory. */
export interface MemoryPlacement {
  readonly precision: Precision;
  readonly textStages: StageOptions;
  readonly unetStages: StageOptions;
  /** Rows of latents in a band of MoVQ; `undefined` runs it whole. */
  readonly decoderRows: number | undefined;
  readonly encoderRows: number | undefined;
  /** What each phase takes at most, the program itself not counted. */
  readonly bytes: Readonly<Record<Role, number>>;
  /** What was done to fit, in the user's words. */
  readonly remedies: readonly string[];
}

/** What is to be made. */
export interface MemoryDemand extends UNetDemand {
  readonly unet: UNetModel;
  readonly pictures: number;
  readonly encodesImages: boolean;
}

/**
 * An inference process without a network, with what its allocator keeps of one run for the next, and the program that started it. Bands
 * of MoVQ were measured to take up to 2 MB more than was left for them with 10 MB less.
 */
const PROCESS_BYTES = 110e6;
const PROGRAM_BYTES = 180e6;
/** Estimates of values are up to this much too small (docs/planning.md). */
const CAUTION = 1.1;

/** @param precision what was asked for; left out, weights may be rounded. Throws `UsageError` naming what does not fit. */
export function fitMemory(
  parts: ModelComponents,
  demand: MemoryDemand,
  precision: Precision | undefined,
  maxBytes: number,
): MemoryPlacement {
  const scale = movqScale(parts.movq.config);
  const pixels = { height: scale * demand.sides.height, width: scale * demand.sides.width };
  // Pictures as float32, once decoded and once on their way to a file.
  const reserve =
    PROGRAM_BYTES + 2 * demand.pictures * pixels.height * pixels.width * 3 * Float32Array.BYTES_PER_ELEMENT;
  const size = `${pixels.width}x${pixels.height}`;
  const pick = <Setting>(what: string, choices: Iterable<Choice<Setting>>): Choice<Setting> => {
    let least: number | undefined;
    for (const choice of choices) {
      const bytes = reserve + heldBytes(choice);
      if (bytes <= maxBytes) {
        return choice;
      }
      least = Math.min(least ?? bytes, bytes);
    }
    const needed = formatSize(least ?? Infinity);
    throw new UsageError(
      `maxMemory: ${what} of a picture of ${size} needs ${needed}, expected at least that much, got ${formatSize(maxBytes)}`,
      { options: ["maxMemory"] },
    );
  };

  const text = pick("the text encoder", textChoices(parts.textEncoder, precision));
  const unet = pick("the U-Net", unetChoices(demand.unet, demand, precision));
  const movqDtype = precision?.movq ?? dtypeOf(parts.movq.source.scheme);
  const movq = { ...parts.movq, source: sourceIn(parts.movq, movqDtype) };
  const runs = demand.pictures > 1 ? "again" : "once";
  const whole = (program: Program): number => residentBytes(program, { stages: "kept", runs }).bytes;
  const decoder = pick(
    "the decoder",
    movqChoices("picture decoded", demand.sides, {
      whole: () => whole(movqDecoderProgram(movq.source, movq.config, demand.sides)),
      banded: (rows) => decoderInBands(movq, demand.sides, rows),
    }),
  );
  const encoder = demand.encodesImages
    ? pick(
        "the encoder",
        movqChoices("picture encoded", demand.sides, {
          whole: () => whole(movqEncoderProgram(movq.source, movq.config, pixels)),
          banded: (rows) => encoderInBands(movq, demand.sides, rows),
        }),
      )
    : undefined;
  return {
    precision: { text_encoder: text.setting.dtype, unet: unet.setting.dtype, movq: movqDtype },
    textStages: text.setting.stages,
    unetStages: unet.setting.stages,
    decoderRows: decoder.setting,
    encoderRows: encoder?.setting,
    bytes: {
      text_encoder: heldBytes(text),
      image_encoder: heldBytes(encoder),
      unet: heldBytes(unet),
      image_decoder: heldBytes(decoder),
    },
    remedies: [text, unet, encoder, decoder].flatMap((choice) => choice?.remedy ?? []),
  };
}

/** What the process of a phase takes. */
function heldBytes(choice: Choice<unknown> | undefined): number {
  return choice === undefined ? 0 : PROCESS_BYTES + CAUTION * choice.bytes;
}

/** What is left for inference processes of a bound on the memory of all. */
export function forEngines(maxBytes: number): number {
  return maxBytes - PROGRAM_BYTES;
}
