/** The pictures or latents of a finished generation to files or standard output. */
import { InternalError } from "../../errors.js";
import { encodePicture } from "../../image/encode.js";
import { pixelsFromTensor } from "../../image/pixels.js";
import { writeAtomically } from "../../files/write-atomically.js";
import type { GenerationResult } from "../../pipeline/events.js";
import { formatNpy } from "../../tensor/npy.js";
import type { Tensor } from "../../tensor/tensor.js";
import { namesFor, type OutputTarget } from "./output-target.js";
import { describeImage, type Origin } from "../../pipeline/request/image-record.js";
import { writeStdout } from "./stdout.js";
import { axisSize } from "../../tensor/shape.js";

export interface WriteOptions {
  readonly target: OutputTarget;
  readonly origin: Origin;
  readonly metadata: boolean;
  readonly signal: AbortSignal;
}

/** Writes everything and returns the files' names; none for standard output. */
export async function writeResult(result: GenerationResult, options: WriteOptions): Promise<string[]> {
  const { target, origin, metadata, signal } = options;
  const { settings } = result;
  const record = (index: number) => (metadata ? describeImage(settings, origin, index) : undefined);
  const values = valuesOf(result);
  const count = axisSize(values.shape, 0);
  if (target.kind === "stdout") {
    const [picture] = pixelsFromTensor(values);
    if (picture === undefined) {
      throw new InternalError("no picture for standard output");
    }
    await writeStdout(await encodePicture(picture, "png", record(0)));
    return [];
  }
  const names = namesFor(target, settings.prompts.join(" "), settings.seeds[0] ?? 0n, count);
  if (target.format === "npy") {
    for (const name of names) {
      await writeAtomically(name, formatNpy(values), signal);
    }
    return names;
  }
  // All are encoded before the first is written, so that a picture of NaNs leaves nothing behind.
  const files: Buffer[] = [];
  for (const [index, picture] of pixelsFromTensor(values).entries()) {
    files.push(await encodePicture(picture, target.format, record(index)));
  }
  for (const [index, file] of files.entries()) {
    await writeAtomically(names[index] ?? "", file, signal);
  }
  return names;
}

/** The images, or the latents when only they were asked for. */
function valuesOf({ settings, images, latents }: GenerationResult): Tensor {
  if (settings.outputType === "latent") {
    return latents;
  }
  if (images === undefined) {
    throw new InternalError("a generation of images ended without images");
  }
  return images;
}
