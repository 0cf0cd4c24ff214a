/** A model folder as a set of components. */
import type { ComponentName } from "../components/components.js";

/** How a folder is laid out: as diffusers publishes models, or as the original repository does. */
export type ModelLayout = "diffusers" | "original";

export interface ModelFolder {
  /** Absolute path, symlinks left as they are. */
  readonly path: string;
  readonly layout: ModelLayout;
  /** Absolute path of the folder that the components lie in: `path`, or its `weights/` in the original layout. */
  readonly root: string;
  /** The pipeline class that `model_index.json` names, or what stands for it in the original layout. */
  readonly className: string;
  readonly components: ReadonlySet<ComponentName>;
  /** What of its index is passed over; each a sentence. */
  readonly notes: readonly string[];
}
