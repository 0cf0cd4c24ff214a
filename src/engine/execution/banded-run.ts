/**
 * Runs a network over a picture band by band, as if it saw the whole. The first pass takes every norm's moments from the bands
 * themselves and puts them together; each further pass runs with what the last one found. After n passes the first n norms are
 * exact, and the others follow so closely that two or three passes are enough.
 */
import { BAND, type BandNorm, type BandProgram } from "../../graph/bands.js";
import type { Engine, Outputs } from "../../runtime/engine.js";
import type { Feeds } from "../../runtime/engine.js";
import { tensor, type Tensor } from "../../tensor/tensor.js";
import { floatOutput, StagedSession } from "./staged-session.js";
import { InternalError } from "../../errors.js";
import { axisSize, imageShape } from "../../tensor/shape.js";

/** Moments that change by less than this share of a norm's deviation are final: a thousandth is 60 dB below the signal. */
const SETTLED = 5e-4;

/** How a picture is cut. All numbers count rows of the coarsest input, the others have a multiple of them. */
export interface Banding {
  /** Of the whole. */
  readonly total: number;
  /** Of a band, its margins included. */
  readonly rows: number;
  /** Rows on either side whose results are not used, since they lack their neighbours. */
  readonly margin: number;
}

/** Where a band lies, and which of its rows count. */
interface Band {
  readonly start: number;
  readonly from: number;
  readonly to: number;
}

/**
 * @param inputs whole pictures `[1, C, total * factor, W]` by name; the factor may differ
 * @returns the whole output called `output`, `[1, C, total * factor, W]`
 */
export async function runInBands(
  engine: Engine,
  program: BandProgram,
  inputs: Readonly<Record<string, Tensor>>,
  output: string,
  banding: Banding,
): Promise<Tensor> {
  const bands = bandsOf(banding);
  const feeds = bands.map((band) => feedsOf(band, inputs, banding));
  let moments = await measure(engine, program, feeds, bands, banding);
  const session = await StagedSession.open(engine, program.given, { memoryPattern: false });
  try {
    for (let pass = 1; ; pass++) {
      const whole = new WholePicture(banding);
      const found = new Moments(program.norms);
      const given = moments.feeds();
      for (const [index, band] of bands.entries()) {
        const results = await session.run({ ...feeds[index], ...given });
        found.add(results, band, banding);
        whole.place(floatOutput(results, output), band);
      }
      if (pass > program.norms.length || found.distance(moments) < SETTLED) {
        return whole.picture();
      }
      moments = found;
    }
  } finally {
    await session.release();
  }
}

async function measure(
  engine: Engine,
  program: BandProgram,
  feeds: readonly Feeds[],
  bands: readonly Band[],
  banding: Banding,
): Promise<Moments> {
  const session = await StagedSession.open(engine, program.local, { memoryPattern: false });
  const found = new Moments(program.norms);
  for (const [index, band] of bands.entries()) {
    found.add(await session.run(feeds[index] ?? {}), band, banding);
  }
  await session.release();
  return found;
}

/** Bands of one size that cover the whole; at the whole's own borders a band has no margin. */
export function bandsOf({ total, rows, margin }: Banding): readonly Band[] {
  if (rows >= total) {
    return [{ start: 0, from: 0, to: total }];
  }
  if (rows <= 2 * margin) {
    throw new InternalError(`bands of ${rows} rows have nothing between margins of ${margin}`);
  }
  const bands: Band[] = [];
  for (let from = 0; from < total;) {
    const start = Math.max(0, Math.min(from - margin, total - rows));
    const to = start + rows >= total ? total : start + rows - margin;
    bands.push({ start, from, to });
    from = to;
  }
  return bands;
}

function feedsOf({ start }: Band, inputs: Readonly<Record<string, Tensor>>, { total, rows }: Banding): Feeds {
  const height = Math.min(rows, total);
  return Object.fromEntries(
    Object.entries(inputs).map(([name, whole]) => [name, sliceRows(whole, start / total, height / total)]),
  );
}

/** Rows of `[1, C, H, W]`, beginning and number as shares of H. */
function sliceRows(whole: Tensor, start: number, share: number): Tensor {
  const { data } = whole;
  const { channels, height, width } = imageShape(whole, "the whole of a banded run");
  const [first, count] = [Math.round(start * height), Math.round(share * height)];
  const rows = tensor([1, channels, count, width]);
  for (let channel = 0; channel < channels; channel++) {
    const offset = (channel * height + first) * width;
    rows.data.set(data.subarray(offset, offset + count * width), channel * count * width);
  }
  return rows;
}

/** An output that grows band by band. */
class WholePicture {
  #whole: Tensor | undefined;

  constructor(private readonly banding: Banding) {}

  place(made: Tensor, { start, from, to }: Band): void {
    const { data } = made;
    const { channels, height, width } = imageShape(made, "a band's output");
    const { total, rows } = this.banding;
    const factor = height / Math.min(rows, total);
    const whole = (this.#whole ??= tensor([1, channels, total * factor, width]));
    for (let channel = 0; channel < channels; channel++) {
      const offset = (channel * height + (from - start) * factor) * width;
      const count = (to - from) * factor * width;
      whole.data.set(data.subarray(offset, offset + count), (channel * total + from) * factor * width);
    }
  }

  picture(): Tensor {
    if (this.#whole === undefined) {
      throw new InternalError("a picture without bands");
    }
    return this.#whole;
  }
}

/** Mean and mean square of every group of every norm, over the rows that count. */
class Moments {
  readonly #means: readonly Float64Array[];
  readonly #squares: readonly Float64Array[];
  /** Rows of latents so far. */
  #rows = 0;

  constructor(private readonly norms: readonly BandNorm[]) {
    this.#means = norms.map(({ groups }) => new Float64Array(groups));
    this.#squares = norms.map(({ groups }) => new Float64Array(groups));
  }

  /** Adds what a band returned. */
  add(results: Outputs, { start, from, to }: Band, { total, rows }: Banding): void {
    const sums = (name: string, into: Float64Array | undefined): void => {
      const { shape, data } = floatOutput(results, name);
      const count = axisSize(shape, 3);
      const factor = count / Math.min(rows, total);
      for (const group of into?.keys() ?? []) {
        const offset = group * count;
        const counted = data.subarray(offset + (from - start) * factor, offset + (to - start) * factor);
        const mean = counted.reduce((sum, value) => sum + value, 0) / counted.length;
        if (into !== undefined) {
          into[group] = (into[group] ?? 0) + mean * (to - from);
        }
      }
    };
    for (const index of this.norms.keys()) {
      sums(BAND.mean(index), this.#means[index]);
      sums(BAND.square(index), this.#squares[index]);
    }
    this.#rows += to - from;
  }

  feeds(): Feeds {
    return Object.fromEntries(
      this.norms.flatMap(({ groups }, norm) => {
        const shape = [1, groups, 1];
        const mean = Float32Array.from({ length: groups }, (_, group) => this.#mean(norm, group));
        const factor = Float32Array.from({ length: groups }, (_, group) => 1 / this.#deviation(norm, group));
        return [
          [BAND.givenMean(norm), { shape, data: mean }],
          [BAND.givenFactor(norm), { shape, data: factor }],
        ];
      }),
    );
  }

  /** The largest change of a mean or a deviation, as a share of the deviation. */
  distance(other: Moments): number {
    let largest = 0;
    for (const [norm, { groups }] of this.norms.entries()) {
      for (let group = 0; group < groups; group++) {
        const deviation = this.#deviation(norm, group);
        const means = this.#mean(norm, group) - other.#mean(norm, group);
        largest = Math.max(
          largest,
          Math.abs(means / deviation),
          Math.abs(1 - other.#deviation(norm, group) / deviation),
        );
      }
    }
    return largest;
  }

  #mean(norm: number, group: number): number {
    return (this.#means[norm]?.[group] ?? 0) / this.#rows;
  }

  #deviation(norm: number, group: number): number {
    const variance = (this.#squares[norm]?.[group] ?? 0) / this.#rows - this.#mean(norm, group) ** 2;
    return Math.sqrt(Math.max(0, variance) + (this.norms[norm]?.epsilon ?? 0));
  }
}
