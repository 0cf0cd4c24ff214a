/** MoVQ at work: pictures to latents and latents to pictures, one at a time, since the decoder is what needs most memory. */
import { movqDecoderProgram, movqEncoderProgram } from "../../components/movq.js";
import { type MovqConfig, movqScale } from "../../models/movq/config.js";
import { concatRows, row, tensor, type Tensor } from "../../tensor/tensor.js";
import { runInBands } from "../execution/banded-run.js";
import { decoderInBands, encoderInBands } from "./movq-bands.js";
import { floatOutput, runOnce, StagedSession } from "../execution/staged-session.js";
import type { OpenedNetwork, Sides } from "../../components/network.js";
import type { Workplace } from "../residency/workplace.js";
import { requireFinite } from "../../tensor/finite.js";
import { axisSize, imageShape } from "../../tensor/shape.js";

type Movq = OpenedNetwork<MovqConfig>;

/** Sizes that stay open beside each other. */
const CODECS = { name: "codec", most: 3 };
const PARTS = {
  encoder: { program: movqEncoderProgram, input: "image" },
  decoder: { program: movqDecoderProgram, input: "latents" },
} as const;
type Part = keyof typeof PARTS;

/**
 * `[N, 3, H, W]` in -1..1 to latents `[N, 4, H / 8, W / 8]`.
 * @param rows of latents in a band; whole when left out
 */
export async function encodeImages(place: Workplace, movq: Movq, images: Tensor, rows?: number): Promise<Tensor> {
  const { engine } = place;
  const { height, width } = imageShape(images, "the images");
  const scale = movqScale(movq.config);
  const sides = { height: height / scale, width: width / scale };
  const banded = rows === undefined ? undefined : encoderInBands(movq, sides, rows);
  if (banded === undefined || rows === undefined) {
    return runRows(place, movq, "encoder", images);
  }
  const { whole, bands, cut, margin } = banded;
  return eachRow(images, async (image) => {
    const banding = { total: sides.height, rows, margin };
    const reduced = await runInBands(engine, bands, { input: image }, cut, banding);
    const [result = {}] = await runOnce(engine, whole, [{ [cut]: reduced }]);
    return requireFinite(floatOutput(result, "output"), "movq, encoder");
  });
}

/**
 * Latents `[N, 4, h, w]` to pictures `[N, 8h, 8w, 3]` in 0..1.
 * @param rows of latents in a band; whole when left out
 */
export async function decodeLatents(place: Workplace, movq: Movq, latents: Tensor, rows?: number): Promise<Tensor> {
  const { engine } = place;
  const { height, width } = imageShape(latents, "the latents");
  const banded = rows === undefined ? undefined : decoderInBands(movq, { height, width }, rows);
  if (banded === undefined || rows === undefined) {
    return toPictures(await runRows(place, movq, "decoder", latents));
  }
  const { whole, bands, cut, margin } = banded;
  const decoded = await eachRow(latents, async (input) => {
    const [result = {}] = await runOnce(engine, whole, [{ input }]);
    const inputs = { input, [cut]: floatOutput(result, cut) };
    const banding = { total: height, rows, margin };
    return requireFinite(await runInBands(engine, bands, inputs, "output", banding), "movq, decoder");
  });
  return toPictures(decoded);
}

/** Opens the decoder for latents of these sides ahead of time. */
export function prepareDecoder(place: Workplace, movq: Movq, sides: Sides): void {
  place.prepare(CODECS, keyOf("decoder", sides), () => makeCodec(place, movq, "decoder", sides));
}

function makeCodec(place: Workplace, movq: Movq, part: Part, sides: Sides): Promise<StagedSession> {
  // A layout in one block would come beside the memory of the first run, twice as much, and make the second run the slowest.
  return StagedSession.open(place.engine, PARTS[part].program(movq.source, movq.config, sides), {
    memoryPattern: false,
  });
}

function keyOf(part: string, { height, width }: Sides): string {
  return `${part} ${height} ${width}`;
}

async function runRows(place: Workplace, movq: Movq, part: Part, batch: Tensor): Promise<Tensor> {
  const sides = imageShape(batch, `the input of the ${part}`);
  const session = await place.opened(CODECS, keyOf(part, sides), () => makeCodec(place, movq, part, sides));
  return eachRow(batch, async (one) =>
    requireFinite(floatOutput(await session.run({ [PARTS[part].input]: one }), "output"), `movq, ${part}`),
  );
}

async function eachRow(batch: Tensor, run: (one: Tensor) => Promise<Tensor>): Promise<Tensor> {
  const results: Tensor[] = [];
  for (let index = 0; index < axisSize(batch.shape, 0); index++) {
    results.push(await run(row(batch, index)));
  }
  return concatRows(results);
}

/** -1..1, channels first, to 0..1, channels last. Reference: diffusers, Kandinsky3Pipeline.__call__, after the decoder. */
function toPictures(decoded: Tensor): Tensor {
  const { data } = decoded;
  const { batch: count, channels, height, width } = imageShape(decoded, "the decoded images");
  const pictures = tensor([count, height, width, channels]);
  const pixels = height * width;
  for (let image = 0; image < count; image++) {
    for (let channel = 0; channel < channels; channel++) {
      const plane = (image * channels + channel) * pixels;
      for (let pixel = 0; pixel < pixels; pixel++) {
        const value = Math.fround((data[plane + pixel] ?? 0) * 0.5) + 0.5;
        pictures.data[(image * pixels + pixel) * channels + channel] = Math.min(Math.max(value, 0), 1);
      }
    }
  }
  return pictures;
}
