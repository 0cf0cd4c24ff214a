/** What a running generation tells, in order. Front ends render these and decide nothing. */
import type { JsonObject } from "../image/metadata/metadata.js";
import type { RawImage } from "../image/raw-image.js";
import type { Tensor } from "../tensor/tensor.js";
import type { ResolvedSettings } from "./request/options.js";

/** The run of one component in a generation. */
export type Phase = "text_encoder" | "image_encoder" | "unet" | "image_decoder";

/** How a phase went. */
export interface PhaseRecord {
  readonly phase: Phase;
  readonly seconds: number;
  /** How long it waited for weights to be opened. */
  readonly loadSeconds: number;
  /** The rest of its time. */
  readonly computeSeconds: number;
  /** The highest memory of its inference process so far. */
  readonly peakBytes: number;
}

/** What the user should know, though nothing is wrong. */
export interface Notice {
  readonly message: string;
  /** Names of options that the message mentions, which a front end may say in its own words. */
  readonly options?: readonly string[];
}

/** What a running generation tells, in order. */
export type GenerationEvent =
  | { readonly type: "settings"; readonly settings: ResolvedSettings }
  /** Something the user should know: a size that was rounded, words of the prompt that were cut off. */
  | ({ readonly type: "notice" } & Notice)
  | { readonly type: "phase"; readonly phase: Phase }
  | ({ readonly type: "phase-end" } & PhaseRecord)
  /** What the pictures of image-to-image were encoded to, `[pictures, 4, h, w]`. */
  | { readonly type: "encoded-image"; readonly latents: Tensor }
  /**
   * After step `step` of `steps` (from 1). `latents` is `[N, 4, h, w]`, and `predicted`, of the same shape, what they would be without
   * noise by the step's prediction, as a preview shows them; both must not be changed.
   */
  | {
      readonly type: "step";
      readonly step: number;
      readonly steps: number;
      readonly timestep: number;
      readonly seconds: number;
      readonly latents: Tensor;
      readonly predicted: Tensor;
    }
  | { readonly type: "done"; readonly result: GenerationResult };

/** What a generation ends with; `Images` follows from the option `outputType`. */
export interface GenerationResult<Images = readonly RawImage[] | Tensor | undefined> {
  readonly settings: ResolvedSettings;
  /** What the parts computed in, as the option `dtype` says it. */
  readonly dtype: string;
  /** `[N, 4, h, w]`. */
  readonly latents: Tensor;
  /** N images; with `tensor` their values before rounding, `[N, H, W, 3]` in 0..1; with `latent` none. */
  readonly images: Images;
  /** Everything that is needed to make all of it again, in the library's option names, as JSON. */
  readonly record: JsonObject;
  readonly phases: readonly PhaseRecord[];
}
