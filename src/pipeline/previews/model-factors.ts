/** The factors of a model's own decoder: decoded once from latents that look like any picture's, and kept. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { sourceHash } from "../../checkpoint/source-hash.js";
import { decodeLatents } from "../../engine/components/image-codec.js";
import { roughBytes } from "../../engine/memory/rough-bytes.js";
import { cacheFolder } from "../../files/cache-folder.js";
import { readConfig } from "../../files/json-file.js";
import { keptAnswer } from "../../files/shared/kept-answer.js";
import { drawNoise, TorchGenerator } from "../../tensor/random.js";
import { tensor, type Tensor } from "../../tensor/tensor.js";
import type { OpenedModel } from "../phases/phase.js";
import { fitFactors, type PreviewFactors } from "./preview-factors.js";

/** To be raised with every change to what is fitted. */
const VERSION = 1;
/** Latents of this many rows and columns: a small picture, whose decoding costs about what one step does. */
const SIDE = 32;
/** Areas of one colour of these sides: a decoder makes something else of noise than of areas. */
const AREAS = [16, 8, 4];
const CHANNELS = 4;

/** Where a model may bring its own. */
const FACTORS_FILE = "preview_factors.json";

const schema = z.array(z.array(z.number()).length(CHANNELS + 1)).length(3);

/** Out of the model's folder, the cache, or a decoding. Throws `ConfigError` for a file that says something else, or as a generation does. */
export async function modelFactors(model: OpenedModel): Promise<PreviewFactors> {
  const stored = join(model.parts.folder.path, FACTORS_FILE);
  if (existsSync(stored)) {
    return readConfig(stored, schema);
  }
  const { source } = model.parts.movq;
  const name = await sourceHash(source, [VERSION, "preview factors"]);
  return keptAnswer(join(cacheFolder(), "previews", `${name}.json`), {
    schema,
    make: () => fit(model),
    onNote: model.onNote,
  });
}

async function fit(model: OpenedModel): Promise<PreviewFactors> {
  const dtype = model.precision.movq;
  const component = { source: model.parts.movq.source, dtype };
  const leave = await model.turnstile.enter(undefined);
  try {
    const place = await model.places.enter("image_decoder", component, roughBytes(component));
    try {
      const latents = patchwork();
      const movq = await model.weights.ready(model.parts.movq, dtype, undefined);
      return fitFactors(latents, await decodeLatents(place, movq, latents));
    } finally {
      await model.places.leave(place);
    }
  } finally {
    await model.places.rest();
    leave();
  }
}

/** Latents of areas in several sizes, each channel with about the spread that pictures' latents have. */
function patchwork(): Tensor {
  const generator = new TorchGenerator(0n);
  const sum = tensor([AREAS.length, CHANNELS, SIDE, SIDE]);
  for (const [index, area] of AREAS.entries()) {
    const cells = SIDE / area;
    const colours = drawNoise([generator], [1, CHANNELS, cells, cells]);
    for (let at = 0; at < CHANNELS * SIDE * SIDE; at++) {
      const [channel, row, column] = [Math.floor(at / (SIDE * SIDE)), Math.floor(at / SIDE) % SIDE, at % SIDE];
      const cell = (channel * cells + Math.floor(row / area)) * cells + Math.floor(column / area);
      sum.data[index * CHANNELS * SIDE * SIDE + at] = colours.data[cell] ?? NaN;
    }
  }
  return sum;
}
