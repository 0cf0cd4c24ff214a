/** The networks of the reference as files: configurations from its description, weights from the formula. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { readMovqConfig, type MovqConfig } from "../models/movq/config.js";
import { readT5Config, type T5Config } from "../models/t5/config.js";
import { readUNetConfig, type UNetConfig } from "../models/unet/config.js";
import { readSafetensorsHeader } from "../checkpoint/safetensors/safetensors.js";
import type { TensorSource } from "../checkpoint/tensor-location.js";
import { bytesOf } from "../tensor/dtype.js";
import { elementCount } from "../tensor/shape.js";
import { SMALLEST_BUILDS } from "../components/programs.js";
import { planWeights, type WeightPlan } from "../components/weight-plan.js";
import { formulaWeight } from "./formula.js";
import type { Reference } from "./reference.js";

export interface TinyPart<Config> {
  readonly config: Config;
  readonly source: TensorSource;
}

export interface TinyModel {
  readonly textEncoder: TinyPart<T5Config>;
  readonly unet: TinyPart<UNetConfig>;
  readonly movq: TinyPart<MovqConfig>;
}

/** Writes the files into `folder` and opens them. */
export async function writeTinyModel(folder: string, reference: Reference): Promise<TinyModel> {
  const textConfig = await readT5Config(await writeConfig(folder, "text_encoder", reference.text_encoder));
  const unetConfig = await readUNetConfig(await writeConfig(folder, "unet", reference.unet));
  const movqConfig = await readMovqConfig(await writeConfig(folder, "movq", reference.movq));
  const textPlan = planWeights((source, graph) => {
    SMALLEST_BUILDS.text_encoder(source, textConfig, graph);
  });
  const unetPlan = planWeights((source, graph) => {
    SMALLEST_BUILDS.unet(source, unetConfig, graph);
  });
  const movqPlan = planWeights((source, graph) => {
    SMALLEST_BUILDS.movq(source, movqConfig, graph);
  });
  return {
    textEncoder: { config: textConfig, source: await writeWeights(folder, "text_encoder", textPlan) },
    unet: { config: unetConfig, source: await writeWeights(folder, "unet", unetPlan) },
    movq: { config: movqConfig, source: await writeWeights(folder, "movq", movqPlan) },
  };
}

async function writeConfig(folder: string, part: string, config: object): Promise<string> {
  await mkdir(join(folder, part), { recursive: true });
  const file = join(folder, part, "config.json");
  await writeFile(file, JSON.stringify(config));
  return file;
}

async function writeWeights(folder: string, part: string, plan: WeightPlan): Promise<TensorSource> {
  let offset = 0;
  const entries: Record<string, object> = {};
  const contents: Uint8Array[] = [];
  for (const [key, shape] of plan) {
    const values = formulaWeight(`${part}/${key}`, shape);
    const end = offset + bytesOf("float32") * elementCount(shape);
    entries[key] = { dtype: "F32", shape, data_offsets: [offset, end] };
    contents.push(new Uint8Array(values.buffer));
    offset = end;
  }
  const header = new TextEncoder().encode(JSON.stringify(entries));
  const prefix = new Uint8Array(8);
  new DataView(prefix.buffer).setBigUint64(0, BigInt(header.length), true);
  const file = join(folder, part, "weights.safetensors");
  await writeFile(file, Buffer.concat([prefix, header, ...contents]));
  return readSafetensorsHeader(file);
}
