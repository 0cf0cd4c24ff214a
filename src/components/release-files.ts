/** Which files make up the original release: `weights/` with one file for each network, and the text encoder's folder. */
import { type ComponentName, COMPONENTS, UNET_NAMES } from "./components.js";

export const RELEASE_FOLDER = "weights";

/** A component's file or folder inside `weights/`; empty for what is code there, for which no file stands. */
export function releaseFile(name: ComponentName): string {
  return COMPONENTS[name].release ?? "";
}

/** Which of a repository's paths make up a release, or undefined when none of its U-Nets is among them. */
export function releaseFiles(paths: readonly string[]): readonly string[] | undefined {
  const inRelease = (name: string): string => `${RELEASE_FOLDER}/${name}`;
  const unets = UNET_NAMES.map((name) => inRelease(releaseFile(name)));
  const networks = new Set([...unets, inRelease(releaseFile("movq"))]);
  const textEncoder = inRelease(`${releaseFile("text_encoder")}/`);
  return unets.some((file) => paths.includes(file))
    ? paths.filter((path) => networks.has(path) || path.startsWith(textEncoder))
    : undefined;
}
