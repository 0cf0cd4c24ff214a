/** The options of `kandinsky3 generate`, and what their values become. */
import type { Command } from "commander";
import { BUNDLED_MODEL } from "../../loading/bundled-model.js";
import type { GenerateInputs } from "../../pipeline/kandinsky3.js";
import { PRESET_NAMES, type PresetName } from "../../pipeline/request/presets.js";
import { type SamplerName, SAMPLERS } from "../../scheduler/samplers.js";
import { MAX_IMAGES } from "../../pipeline/request/options.js";
import {
  byteSize,
  decimalNumber,
  filledText,
  intervalValue,
  modelName,
  oneOf,
  seedValue,
  sidesValue,
  threadCount,
  wholeNumber,
} from "./option-values.js";
import { dtypeOption, guidanceScaleOption, heightOption, stepsOption, widthOption } from "./picture-options.js";

export interface GenerateFlags {
  readonly model: string;
  readonly variant?: string;
  readonly revision?: string;
  readonly negativePrompt?: string;
  readonly seed?: bigint;
  readonly steps?: number;
  readonly guidanceScale?: number;
  readonly width?: number;
  readonly height?: number;
  readonly numImages?: number;
  readonly image?: string;
  readonly strength?: number;
  readonly mask?: string;
  readonly maskArea?: "whole" | "only";
  readonly maskPadding?: number;
  readonly maskBlur?: number;
  readonly extend?: GenerateInputs["extend"];
  readonly raw?: boolean;
  readonly sampler?: SamplerName;
  readonly flash?: boolean;
  readonly eta?: number;
  readonly preset?: PresetName;
  readonly guidanceInterval?: [number, number];
  readonly reuseFeatures?: number;
  readonly batchSize?: number;
  readonly output?: string;
  readonly outputType: "image" | "latent";
  readonly dtype?: string;
  readonly device: string;
  readonly maxMemory?: string;
  readonly promptCache: boolean;
  readonly threads?: number;
  readonly json: boolean;
  readonly quiet: boolean;
  readonly metadata: boolean;
}

export function addGenerateOptions(command: Command): Command {
  return command
    .option("--model <name|dir>", "model to use: a name on the Hub, or a folder", modelName, BUNDLED_MODEL)
    .option("--variant <name>", "which weight files to read, as fp16", filledText("--variant", "a variant's name"))
    .option(
      "--revision <name>",
      "branch, tag or commit of a model from the Hub",
      filledText("--revision", "a revision"),
    )
    .option("--negative-prompt <text>", "what it does not show")
    .option("--seed <n>", "the same seed gives the same picture (default: random)", seedValue)
    .addOption(stepsOption())
    .addOption(guidanceScaleOption("how closely to follow the prompt; one less than the usual CFG scale"))
    .option(
      "--guidance-interval <from,to>",
      "guide only between these shares of the steps, as 0,0.6; one pass a step elsewhere",
      intervalValue,
    )
    .option(
      "--reuse-features <k>",
      "run the U-Net's inner levels in one of k steps",
      wholeNumber("--reuse-features", "reuseFeatures", "a whole number from 1 to 1000"),
    )
    .option(
      "--preset <name>",
      "exact, balanced or fast: --dtype, --reuse-features and --guidance-interval together (default: exact)",
      oneOf("--preset", PRESET_NAMES),
    )
    .addOption(widthOption())
    .addOption(heightOption())
    .option(
      "--num-images <n>",
      "how many pictures to make",
      wholeNumber("--num-images", "numImagesPerPrompt", `a whole number from 1 to ${MAX_IMAGES}`),
    )
    .option("--image <file>", "picture to start from", filledText("--image", "a picture file"))
    .option(
      "--strength <x>",
      "how much of --image is made anew",
      decimalNumber("--strength", "strength", "a number above 0 and up to 1"),
    )
    .option(
      "--mask <file>",
      "what of --image is made anew: white, or transparent; of the same size",
      filledText("--mask", "a picture file"),
    )
    .option(
      "--mask-area <area>",
      "work on the whole picture, or only on the part around the mask",
      oneOf("--mask-area", ["whole", "only"]),
    )
    .option(
      "--mask-padding <pixels>",
      "how much around the mask, for --mask-area only (default: 32)",
      wholeNumber("--mask-padding", "maskPadding", "a whole number of pixels from 0 to 4096"),
    )
    .option(
      "--mask-blur <pixels>",
      "width of a soft edge inside the mask (default: 0)",
      wholeNumber("--mask-blur", "maskBlur", "a whole number of pixels from 0 to 4096"),
    )
    .option("--extend <sides>", "grow the picture and paint the new part, as left=256,top=128", sidesValue)
    .option("--raw", "with a mask: the model's own output, nothing put back into the picture")
    .option("--sampler <name>", "ddpm, original or flash (default: the checkpoint's own)", oneOf("--sampler", SAMPLERS))
    .option("--flash", "the four steps of the distilled U-Net, the same as --sampler flash")
    .option(
      "--eta <x>",
      "noise of the original sampler (default: 1)",
      decimalNumber("--eta", "eta", "a number from 0 to 1"),
    )
    .option(
      "--batch-size <n>",
      "how many pictures share the noise of a seed at a time (default: all)",
      wholeNumber("--batch-size", "batchSize", `a whole number from 1 to ${MAX_IMAGES}`),
    )
    .addOption(dtypeOption())
    .option("--device <name>", "what computes", oneOf("--device", ["auto", "cpu"], " (the only ones so far)"), "auto")
    .option(
      "--output <file|dir|->",
      "where to: .png .jpg .jpeg .webp .npy",
      filledText("--output", 'a file, a folder or "-"'),
    )
    .option("--output-type <type>", "image or latent", oneOf("--output-type", ["image", "latent"]), "image")
    .option(
      "--max-memory <size>",
      "stay below this much memory, as 8GB: in fewer bits, in bands, more slowly",
      byteSize,
    )
    .option("--no-prompt-cache", "embed the prompt anew, and keep nothing of it on disk")
    .option("--threads <n>", "processor threads", threadCount)
    .option("--json", "print one JSON object instead of the files' names", false)
    .option("--quiet", "print no progress and no notes", false)
    .option("--no-metadata", "leave the settings out of the pictures");
}
