/**
 * The files of the original release: `weights/` with one file for each network and the text encoder's folder, in which the
 * projections and the tokenizer lie too. Reference: ai-forever/Kandinsky-3, kandinsky3/__init__.py (the get_..._pipeline functions).
 */
import { type ModelPart, UNET_PARTS, type UNetPart } from "./components.js";

export const WEIGHTS_FOLDER = "weights";
export const TEXT_ENCODER_FOLDER = "flan_ul2_encoder";

/** File names of the U-Nets, and of the projections beside the text encoder. */
export const UNET_FILES: Readonly<Record<UNetPart, { readonly unet: string; readonly projection: string }>> = {
  unet: { unet: "kandinsky3.pt", projection: "projection.pt" },
  unet_inpainting: { unet: "kandinsky3_inpainting.pt", projection: "projection_inpainting.pt" },
  unet_flash: { unet: "kandinsky3_flash.pt", projection: "projection_flash.pt" },
};

export const RELEASE_PATHS: Readonly<Record<ModelPart, string>> = {
  tokenizer: TEXT_ENCODER_FOLDER,
  text_encoder: TEXT_ENCODER_FOLDER,
  unet: UNET_FILES.unet.unet,
  unet_inpainting: UNET_FILES.unet_inpainting.unet,
  unet_flash: UNET_FILES.unet_flash.unet,
  movq: "movq.pt",
  scheduler: "", // It is code there, for which no file stands.
};

/** Which of a repository's paths make up a release, or undefined when none of its U-Nets is among them. */
export function releaseFiles(paths: readonly string[]): readonly string[] | undefined {
  const inRelease = (name: string): string => `${WEIGHTS_FOLDER}/${name}`;
  const networks = new Set([...UNET_PARTS.map((part) => RELEASE_PATHS[part]), RELEASE_PATHS.movq].map(inRelease));
  const unets = UNET_PARTS.filter((part) => paths.includes(inRelease(RELEASE_PATHS[part])));
  return unets.length === 0
    ? undefined
    : paths.filter((path) => networks.has(path) || path.startsWith(inRelease(`${TEXT_ENCODER_FOLDER}/`)));
}
