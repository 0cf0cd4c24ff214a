/** The options of opening a model. */
import { z } from "zod";
import { parsePrecision } from "../../../components/precision.js";
import { parseByteSize } from "../../../text/byte-size.js";
import { DEVICE_NAMES } from "../../../runtime/device.js";
import { option } from "./row.js";

export const PRESET_NAMES = ["exact", "balanced", "fast"] as const;

const MAX_THREADS = 1024;
const THREADS = `expected a whole number from 1 to ${MAX_THREADS}`;

export const sourceOptions = {
  /** Which files to read, as `fp16` in `model.fp16.safetensors`. */
  variant: option({
    of: "loading",
    flag: "--variant <name>",
    help: "which weight files to read, as fp16",
    schema: z.string(),
    words: "a variant's name",
    planned: true,
    record: null,
  }),
  /** Branch, tag or commit of a model from the Hub; `main` when left out. */
  revision: option({
    of: "loading",
    flag: "--revision <name>",
    help: "branch, tag or commit of a model from the Hub",
    schema: z.string(),
    words: "a revision",
    planned: true,
    record: null,
  }),
} as const;

export const presetOption = {
  /** Values of other options that belong together. What is given beside it wins; its `dtype` is for models that it makes faster. */
  preset: option({
    of: "loading",
    flag: "--preset <name>",
    help: "exact, balanced or fast: {dtype}, {reuseFeatures} and {guidanceInterval} together",
    default: "exact",
    schema: z.enum(PRESET_NAMES),
    planned: false,
    record: null,
  }),
} as const;

export const arithmeticOptions = {
  /**
   * What is computed in: `fp32`, `int8`, `int4`, or a list such as `text_encoder=int4,unet=int8`. Left out, weights are used as
   * they are stored. Weights that are stored in more bits are rounded once, into the cache.
   */
  dtype: option({
    of: "loading",
    flag: "--dtype <type>",
    help: "fp32, int8, int4, or a list (text_encoder=int4,unet=int8); as stored when left out",
    schema: z.string(),
    check: parsePrecision,
    planned: true,
    record: "dtype",
  }),
  /** What computes; `auto` when left out. */
  device: option({
    of: "loading",
    flag: "--device <name>",
    help: "what computes",
    default: '"auto"',
    schema: z.enum(DEVICE_NAMES),
    hint: " (the only ones so far)",
    planned: false,
    record: null,
  }),
} as const;

export const resourceOptions = {
  /**
   * Resident memory to stay below, as `8GB` or `6GiB`, for everything together. Weights may be rounded for it when `dtype` is left
   * out, pictures are decoded in bands and weights read again at every step; notices say what is done.
   */
  maxMemory: option({
    of: "loading",
    flag: "--max-memory <size>",
    help: "stay below this much memory, as 8GB: in fewer bits, in bands, more slowly",
    schema: z.string(),
    check: parseByteSize,
    planned: false,
    record: null,
  }),
  /** Whether embedded prompts are kept on disk and taken from there; true when left out. */
  promptCache: option({
    of: "loading",
    flag: "--no-prompt-cache",
    help: "embed the prompt anew, and keep nothing of it on disk",
    schema: z.boolean(),
    planned: false,
    record: null,
  }),
  /**
   * Seconds that components stay open after a generation, so that the next one opens nothing; until the pipe is closed when left
   * out, 0 for not at all. Within `maxMemory`, or else three quarters of the memory that is free.
   */
  keepAlive: option({
    of: "loading",
    flag: null,
    withoutFlag: "the command makes its images in one run",
    help: "seconds that a model stays open after an image",
    schema: z.number().min(0),
    planned: false,
    record: null,
  }),
  /** Processor threads; as many as the process may keep busy when left out, a container's quota counted. */
  threads: option({
    of: "loading",
    flag: "--threads <n>",
    help: "processor threads",
    schema: z.int(THREADS).min(1, THREADS).max(MAX_THREADS, THREADS),
    planned: true,
    record: null,
  }),
} as const;
