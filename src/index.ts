/** kandinsky3: Kandinsky 3 from its published files. This is the whole public interface of the library. */
import "./require-node.js";
export * from "./errors.js";
export type { NetworkKind } from "./components/network.js";
export type { Selection } from "./hub/file-selection.js";
export type { RepositoryFile } from "./hub/listing.js";
export type { PullEvent } from "./hub/download/fetch-files.js";
export type { PulledModel, PullOptions } from "./hub/pull-model.js";
export { downloadModel, type DownloadOptions } from "./loading/download-model.js";
export type { ImageFormat } from "./image/encode.js";
export type { ImageInput, RawPixels } from "./image/reading/image-input.js";
export { readMask } from "./image/reading/image-input.js";
export type { RepaintMask } from "./image/masks/mask.js";
export { prepareMask } from "./image/masks/original-mask.js";
export type { ImageMetadata, JsonObject, JsonValue } from "./image/metadata/metadata.js";
export type { Pixels } from "./image/pixels.js";
export { RawImage, type SaveOptions } from "./image/raw-image.js";
export { BUNDLED_MODEL } from "./loading/bundled-model.js";
export {
  type ConvertOptions,
  type ConvertProgress,
  type ConvertResult,
  convertModel,
} from "./convert/convert-model.js";
export type { GenerationEvent, GenerationResult, Notice, Phase, PhaseRecord } from "./pipeline/events.js";
export type { OutputType } from "./pipeline/request/options/sampling-options.js";
export type { CallbackOnStepEnd, GenerateInputs, StepEnd } from "./pipeline/request/inputs.js";
export {
  type ImageInputs,
  type InpaintInputs,
  Kandinsky3,
  type InputsFor,
  type ResultOf,
  type LoadOptions,
  type TextInputs,
} from "./pipeline/kandinsky3.js";
export { type PreviewFactors, previewImages } from "./pipeline/previews/preview-factors.js";
export type { PromptEmbeds } from "./engine/components/prompt-embeds.js";
export type { QuantizationProgress } from "./engine/quantization/component-weights.js";
export type { ModelDefaults } from "./loading/generation-config.js";
export type { Extension } from "./pipeline/plan/inpainting/extend.js";
export type { InpaintingMethod, InpaintingSettings } from "./pipeline/request/inpainting-options.js";
export type { Mode } from "./pipeline/request/mode.js";
export type { GenerateOptions, LoadingOptions, ResolvedSettings } from "./pipeline/request/options.js";
export { type Preset, type PresetName, PRESETS } from "./pipeline/request/presets.js";
export type { Shape } from "./tensor/shape.js";
export { tensor, type Tensor } from "./tensor/tensor.js";
