/**
 * What the U-Net computes from time and text alone: modulations of every norm, keys and values of the text. It is computed once for
 * all steps, and what was computed for the texts used last is still there for the next image.
 */
import { createHash } from "node:crypto";
import type { OpenedNetwork } from "../../components/network.js";
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

/** @returns the conditioning of each row of `texts` at all of `timesteps` */
export async function conditionOn(
  place: Workplace,
  model: OpenedNetwork<UNetConfig>,
  sizes: HoistedUNetSizes,
  timesteps: Int32Array,
  texts: PromptEmbeds,
  maxStageBytes?: number,
): Promise<readonly Conditioning[]> {
  const { form } = sizes;
  const { distinct, indices } = distinctTexts(texts, form);
  const group = { name: "conditioning", most: Math.max(MOST_TEXTS, 2 * distinct.length) };
  const keys = distinct.map((text) => keyOf(text, form, timesteps));
  const missing = distinct.filter((_, index) => !place.has(group, keys[index] ?? ""));
  const computed = new Map<Text, KeptConditioning>();
  if (missing.length > 0) {
    const results = await compute(place, model, sizes, timesteps, missing, maxStageBytes);
    missing.forEach((text, index) => computed.set(text, keep(results[index] ?? {})));
  }
  const kept = await Promise.all(
    distinct.map((text, index) =>
      place.opened(group, keys[index] ?? "", () => Promise.resolve(computed.get(text) ?? keep({}))),
    ),
  );
  return indices.map((index) => kept[index]?.conditioning ?? {});
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
  const program = hoistedUNet(model, sizes).prologue(steps);
  const given = await Promise.all(texts.map((text) => uploadAll(place, text)));
  const times = await place.engine.upload(tensor([steps], Float32Array.from(timesteps)));
  const results = await runProgram(
    place,
    {
      group: PROLOGUES,
      key: sizes.form,
      build: () => ({
        program,
        twin: hoistedUNet(model, { ...sizes, tokens: sizes.tokens + 1 }).prologue(steps + 1),
      }),
      maxStageBytes,
      hold: [...program.outputs.keys()],
    },
    given.map((text) => ({ ...text, timesteps: times })),
  );
  await times.release();
  return results.map((outputs, index) => ({ ...given[index], ...heldAll(outputs) }));
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
