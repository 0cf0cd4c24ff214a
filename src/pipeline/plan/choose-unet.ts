/** Which of a model's U-Nets a request needs, and how that one is told of the parts that are kept. */
import type { UNetName } from "../../components/components.js";
import { CheckpointError, UsageError } from "../../errors.js";
import type { UNetModel } from "../../loading/unet-model.js";
import type { SamplerName } from "../../scheduler/samplers.js";
import type { InpaintingMethod } from "../request/inpainting-options.js";
import type { Mode } from "../request/mode.js";

/** The U-Nets of the model folder `path`. */
export interface UNets<Model> {
  readonly path: string;
  readonly unets: ReadonlyMap<UNetName, Model>;
}

/** Throws `UsageError` for a sampler whose U-Net is missing, `CheckpointError` for any other one. */
export function chooseUNet<Model>({ path, unets }: UNets<Model>, mode: Mode, sampler: SamplerName): Model {
  const inpainting = mode === "inpainting" && sampler !== "flash" ? unets.get("unet_inpainting") : undefined;
  const name: UNetName = sampler === "flash" ? "unet_flash" : "unet";
  const chosen = inpainting ?? unets.get(name);
  if (chosen === undefined) {
    const has = [...unets.keys()].map((key) => `"${key}"`).join(", ");
    if (sampler === "flash") {
      throw UsageError.of("sampler", `got flash, which needs a part "${name}", the model has ${has}`);
    }
    throw new CheckpointError(`${path} has no part "${name}", which ${mode} needs, it has ${has}`);
  }
  return chosen;
}

/** A U-Net that takes more channels than it returns is told of the picture in them. */
export function inpaintingMethod({ config }: UNetModel): InpaintingMethod {
  return config.in_channels > config.out_channels ? "inpainting-unet" : "blending";
}
