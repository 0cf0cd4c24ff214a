/** The images or latents of a finished generation to files or standard output. */
import { InternalError } from "../../errors.js";
import type { RawImage } from "../../image/raw-image.js";
import type { GenerationResult } from "../../pipeline/events.js";
import { formatNpy } from "../../tensor/npy.js";
import type { Tensor } from "../../tensor/tensor.js";
import { namesFor, type OutputTarget, type PromptPlace } from "./output-target.js";
import { saveAll } from "./save-all.js";
import { writeStdout } from "./stdout.js";

export interface WriteOptions {
  readonly target: OutputTarget;
  readonly place: PromptPlace;
  readonly metadata: boolean;
  readonly signal: AbortSignal;
}

/** Writes everything and returns the files' names; none for standard output. */
export async function writeResult(result: GenerationResult, options: WriteOptions): Promise<string[]> {
  const { target, place, metadata, signal } = options;
  const { settings, latents } = result;
  const output = result.images ?? latents;
  if (target.kind === "stdout") {
    const [image] = imagesOf(output);
    if (image === undefined) {
      throw new InternalError("no image for standard output");
    }
    await writeStdout(await image.encode("png", { metadata }));
    return [];
  }
  const { format } = target;
  const names = (count: number) => namesFor(target, settings.prompts.join(" "), settings.seeds[0] ?? 0n, count, place);
  if (format === "npy") {
    const array = formatNpy(tensorOf(output));
    return saveAll(names(1), [() => Promise.resolve(array)], signal);
  }
  const images = imagesOf(output);
  return saveAll(
    names(images.length),
    images.map((image) => () => image.encode(format, { metadata })),
    signal,
  );
}
function imagesOf(output: readonly RawImage[] | Tensor): readonly RawImage[] {
  if ("shape" in output) {
    throw new InternalError("a generation of images ended without images");
  }
  return output;
}

function tensorOf(output: readonly RawImage[] | Tensor): Tensor {
  if (!("shape" in output)) {
    throw new InternalError("a generation of numbers ended with images");
  }
  return output;
}
