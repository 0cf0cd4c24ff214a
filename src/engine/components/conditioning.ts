/**
 * What the U-Net computes from time and text alone: modulations of every norm, keys and values of the text. It is computed once for
 * all steps, and what was computed for the texts used last is still there for the next image.
 */
import { createHash } from "node:crypto";
import type { OpenedNetwork } from "../../components/network.js";
import { InternalError } from "../../errors.js";
import type { UNetConfig } from "../../models/unet/config.js";
import type { TextForm } from "../../models/unet/inputs.js";
import type { HeldTensor, Outputs } from "../../runtime/engine.js";
import { axisSize } from "../../tensor/shape.js";
import { row, tensor, type Tensor } from "../../tensor/tensor.js";
import { heldOutput } from "../execution/staged-session.js";
import { runProgram } from "../residency/run-program.js";
import type { Releasable, Workplace } from "../residency/workplace.js";
import { type HoistedUNetSizes, hoistedUNet } from "./hoisted-unet.js";
import type { PromptEmbeds } from "./prompt-embeds.js";

/** Added to the scores of masked positions; the reference's number. */
const MASKED_SCORE = -10_000;
/** Texts of past images whose conditioning stays. */
const MOST_TEXTS = 8;
const PROLOGUES = { name: "prologue", most: 1 };

/** What the U-Net reads beside the sample, for one text: by name `[S | 1, ...]`. It stays with the engine. */
export type Conditioning = Readonly<Record<string, HeldTensor>>;

interface KeptConditioning extends Releasable {
  readonly conditioning: Conditioning;
}

type Text = Readonly<Record<string, Tensor>>;

/** @returns the conditioning of each row of `embeds` at all of `timesteps` */
export async function conditionOn(
  place: Workplace,
  model: OpenedNetwork<UNetConfig>,
  sizes: HoistedUNetSizes,
  timesteps: Int32Array,
  embeds: PromptEmbeds,
  maxStageBytes?: number,
): Promise<readonly Conditioning[]> {
  const { form } = sizes;
  const { distinct, indices } = distinctTexts(embeds, form);
  const group = { name: "conditioning", most: Math.max(MOST_TEXTS, 2 * distinct.length) };
  const keyed = distinct.map((text) => ({ text, key: keyOf(text, form, timesteps) }));
  const missing = keyed.filter(({ key }) => !place.has(group, key));
  const kept = new Map<Text, KeptConditioning>();
  // What is there is taken first: each new one may push out the one that was not used for longest.
  for (const { text, key } of keyed.filter((one) => !missing.includes(one))) {
    kept.set(text, await place.opened(group, key, () => Promise.reject(new InternalError("a conditioning went away"))));
  }
  const texts = missing.map(({ text }) => text);
  const computed = texts.length === 0 ? [] : await compute(place, model, sizes, timesteps, texts, maxStageBytes);
  for (const [index, { text, key }] of missing.entries()) {
    kept.set(text, await place.opened(group, key, () => Promise.resolve(keep(computed[index] ?? {}))));
  }
  return indices.map((index) => conditioningOf(kept, distinct[index]));
}

/** The prologue is open for any text and any number of steps. */
async function compute(
  place: Workplace,
  model: OpenedNetwork<UNetConfig>,
  sizes: HoistedUNetSizes,
  timesteps: Int32Array,
  texts: readonly Text[],
  maxStageBytes: number | undefined,
): Promise<Conditioning[]> {
  const steps = timesteps.length;
  const given = await Promise.all(texts.map((text) => uploadAll(place, text)));
  const times = await place.engine.upload(tensor([steps], Float32Array.from(timesteps)));
  const results = await runProgram(
    place,
    {
      group: PROLOGUES,
      key: sizes.form,
      build: () => ({
        program: hoistedUNet(model, sizes).prologue(steps),
        twin: hoistedUNet(model, { ...sizes, tokens: sizes.tokens + 1 }).prologue(steps + 1),
      }),
      maxStageBytes,
      holds: true,
    },
    given.map((text) => ({ ...text, timesteps: times })),
  );
  await times.release();
  return results.map((outputs, index) => ({ ...given[index], ...heldAll(outputs) }));
}

function conditioningOf(kept: ReadonlyMap<Text, KeptConditioning>, text: Text | undefined): Conditioning {
  const found = text === undefined ? undefined : kept.get(text);
  if (found === undefined) {
    throw new InternalError("a text without conditioning");
  }
  return found.conditioning;
}

function keep(conditioning: Conditioning): KeptConditioning {
  return {
    conditioning,
    release: async () => {
      await Promise.all(Object.values(conditioning).map((held) => held.release()));
    },
  };
}

/** Feeds of each different text; `indices` says which of them a row of the batch has. */
function distinctTexts(
  { embeds, mask }: PromptEmbeds,
  form: TextForm,
): { readonly distinct: readonly Text[]; readonly indices: readonly number[] } {
  const distinct: Text[] = [];
  const seen: { readonly states: Tensor; readonly bits: Tensor }[] = [];
  const indices: number[] = [];
  for (let index = 0; index < axisSize(mask.shape, 0); index++) {
    const states = row(embeds, index);
    const bits = row(mask, index);
    let known = seen.findIndex((text) => equal(text.states, states) && equal(text.bits, bits));
    if (known === -1) {
      known = seen.push({ states, bits }) - 1;
      const scoreBias = bits.data.map((bit) => (1 - bit) * MASKED_SCORE);
      distinct.push({ [form]: states, score_bias: tensor([1, 1, 1, bits.data.length], scoreBias) });
    }
    indices.push(known);
  }
  return { distinct, indices };
}

function equal(a: Tensor, b: Tensor): boolean {
  return a.data.every((value, index) => value === b.data[index]);
}

function keyOf(text: Text, form: TextForm, timesteps: Int32Array): string {
  const hash = createHash("sha256").update(form);
  for (const { buffer, byteOffset, byteLength } of [timesteps, ...Object.values(text).map(({ data }) => data)]) {
    hash.update(`${byteLength} `).update(new Uint8Array(buffer, byteOffset, byteLength));
  }
  return hash.digest("hex");
}

async function uploadAll({ engine }: Workplace, text: Text): Promise<Conditioning> {
  const held = await Promise.all(
    Object.entries(text).map(async ([name, value]) => [name, await engine.upload(value)] as const),
  );
  return Object.fromEntries(held);
}

function heldAll(outputs: Outputs): Conditioning {
  return Object.fromEntries(Object.keys(outputs).map((name) => [name, heldOutput(outputs, name)]));
}
