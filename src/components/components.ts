/** The parts of a Kandinsky 3 model, and a model folder as a set of them. */
/** The networks that denoise; a model has at least one of them, and they share the other parts. */
export const UNET_PARTS = ["unet", "unet_inpainting", "unet_flash"] as const;
/** The parts that every model has. */
export const SHARED_PARTS = ["tokenizer", "text_encoder", "movq", "scheduler"] as const;
/** All of them, in the order in which they are told about. */
export const MODEL_PARTS = [
  "tokenizer",
  "text_encoder",
  "unet",
  "movq",
  "scheduler",
  "unet_inpainting",
  "unet_flash",
] as const satisfies (UNetPart | SharedPart)[];

type SharedPart = (typeof SHARED_PARTS)[number];
export type UNetPart = (typeof UNET_PARTS)[number];
export type ModelPart = SharedPart | UNetPart;
/** The parts that have weights. */
export type WeightedPart = Exclude<ModelPart, "tokenizer" | "scheduler">;

/** How a folder is laid out: as diffusers publishes models, or as the original repository does. */
export type ModelLayout = "diffusers" | "original";

export interface ModelFolder {
  /** Absolute path, symlinks left as they are. */
  readonly path: string;
  readonly layout: ModelLayout;
  /** Absolute path of the folder that the parts lie in: `path`, or its `weights/` in the original layout. */
  readonly root: string;
  /** The pipeline class that `model_index.json` names, or what stands for it in the original layout. */
  readonly className: string;
  readonly parts: ReadonlySet<ModelPart>;
}

/** Base names of the weight files: transformers' for its own models, diffusers' for the rest. */
export const WEIGHTS_BASE: Readonly<Record<WeightedPart, string>> = {
  text_encoder: "model",
  unet: "diffusion_pytorch_model",
  unet_inpainting: "diffusion_pytorch_model",
  unet_flash: "diffusion_pytorch_model",
  movq: "diffusion_pytorch_model",
};

/** The file beside a converted U-Net that holds what the original learned for "no prompt". */
export const NULL_EMBEDDING_FILE = "null_embedding.safetensors";
