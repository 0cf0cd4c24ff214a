/** The options about a picture that several commands take, alike in each; texts of help that differ stay with the command. */
import { Option } from "commander";
import { MAX_SIDE } from "../../pipeline/request/options.js";
import { decimalNumber, dtypeText, wholeNumber } from "./option-values.js";

const SIDE = `a whole number of pixels from 1 to ${MAX_SIDE}`;

export const widthOption = (): Option =>
  new Option("--width <pixels>", "width of the picture").argParser(wholeNumber("--width", "width", SIDE));

export const heightOption = (): Option =>
  new Option("--height <pixels>", "height of the picture").argParser(wholeNumber("--height", "height", SIDE));

export const stepsOption = (): Option =>
  new Option("--steps <n>", "denoising steps").argParser(
    wholeNumber("--steps", "numInferenceSteps", "a whole number from 1 to 1000"),
  );

export const guidanceScaleOption = (description: string): Option =>
  new Option("--guidance-scale <x>", description).argParser(
    decimalNumber("--guidance-scale", "guidanceScale", "a number from 0 to 1000"),
  );

export const dtypeOption = (): Option =>
  new Option(
    "--dtype <type>",
    "fp32, int8, int4, or a list (text_encoder=int4,unet=int8); as stored when left out",
  ).argParser(dtypeText);
