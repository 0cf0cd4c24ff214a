/**
 * The components of a Kandinsky 3 model: the one table of what they are called, where they lie, and which network they are.
 * References: diffusers' model_index.json; for the original release ai-forever/Kandinsky-3, kandinsky3/__init__.py.
 */
import { MOVQ } from "./movq.js";
import type { Network } from "./network.js";
import { TEXT_ENCODER } from "./text-encoder.js";
import { UNET } from "./unet.js";

interface Component {
  /** Every model has it; of the U-Nets a model has at least one. */
  readonly shared: boolean;
  /** Its file or folder in the original release's `weights/`; `undefined` where that has it in its code. */
  readonly release: string | undefined;
  /** The file beside the release's text encoder that projects its states for this U-Net. */
  readonly releaseProjection?: string;
  /** `undefined` for what is no network. */
  readonly network: Network<unknown> | undefined;
}

/** By their folders in diffusers' layout, in the order in which they are told about. */
export const COMPONENTS = {
  tokenizer: { shared: true, release: "flan_ul2_encoder", network: undefined },
  text_encoder: { shared: true, release: "flan_ul2_encoder", network: TEXT_ENCODER },
  unet: { shared: false, release: "kandinsky3.pt", releaseProjection: "projection.pt", network: UNET },
  movq: { shared: true, release: "movq.pt", network: MOVQ },
  scheduler: { shared: true, release: undefined, network: undefined },
  unet_inpainting: {
    shared: false,
    release: "kandinsky3_inpainting.pt",
    releaseProjection: "projection_inpainting.pt",
    network: UNET,
  },
  unet_flash: {
    shared: false,
    release: "kandinsky3_flash.pt",
    releaseProjection: "projection_flash.pt",
    network: UNET,
  },
} as const satisfies Record<string, Component>;

type Table = typeof COMPONENTS;
export type ComponentName = keyof Table;
/** The components that have weights. */
export type NetworkName = {
  [Name in ComponentName]: Table[Name]["network"] extends undefined ? never : Name;
}[ComponentName];
/** The networks that denoise. */
export type UNetName = Extract<NetworkName, `unet${string}`>;

export const COMPONENT_NAMES = Object.keys(COMPONENTS) as readonly ComponentName[];
export const NETWORK_NAMES = COMPONENT_NAMES.filter(isNetworkName);
export const UNET_NAMES = NETWORK_NAMES.filter(isUNetName);
/** The components that every model has. */
export const SHARED_NAMES = COMPONENT_NAMES.filter((name) => COMPONENTS[name].shared);
/** One of each kind, in the order in which an image needs them. */
export const NETWORKS = [TEXT_ENCODER, UNET, MOVQ] as const;

export function isNetworkName(name: ComponentName): name is NetworkName {
  return COMPONENTS[name].network !== undefined;
}

export function isUNetName(name: ComponentName): name is UNetName {
  return COMPONENTS[name].network === UNET;
}

/** The file beside a converted U-Net that holds what the original learned for "no prompt". */
export const NULL_EMBEDDING_FILE = "null_embedding.safetensors";
