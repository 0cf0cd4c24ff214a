/** The networks of the reference as files: configurations from its description, weights from the formula. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type MovqConfig } from "../models/movq/config.js";
import { type T5Config } from "../models/t5/config.js";
import { type UNetConfig } from "../models/unet/config.js";
import { readSafetensorsHeader } from "../checkpoint/safetensors/safetensors.js";
import type { TensorSource } from "../checkpoint/tensor-location.js";
import { itemSize } from "../tensor/dtype.js";
import { shapeSize } from "../tensor/shape.js";
import { planWeights, type WeightPlan } from "../components/weight-plan.js";
import { formulaWeight } from "./formula.js";
import type { Reference } from "./reference.js";
import type { Network, OpenedNetwork } from "../components/network.js";
import { TEXT_ENCODER } from "../components/text-encoder.js";
import { UNET } from "../components/unet.js";
import { MOVQ } from "../components/movq.js";

export interface TinyModel {
  readonly textEncoder: OpenedNetwork<T5Config>;
  readonly unet: OpenedNetwork<UNetConfig>;
  readonly movq: OpenedNetwork<MovqConfig>;
}

/** Writes the files into `folder` and opens them. */
export async function writeTinyModel(folder: string, reference: Reference): Promise<TinyModel> {
  return {
    textEncoder: await writeNetwork(folder, TEXT_ENCODER, reference.text_encoder),
    unet: await writeNetwork(folder, UNET, reference.unet),
    movq: await writeNetwork(folder, MOVQ, reference.movq),
  };
}

async function writeNetwork<Config>(
  folder: string,
  network: Network<Config>,
  description: object,
): Promise<OpenedNetwork<Config>> {
  await mkdir(join(folder, network.kind), { recursive: true });
  const config = network.parseConfig(description, `reference.json (${network.kind})`);
  return { network, config, source: await writeWeights(folder, network.kind, planWeights(network, config)) };
}

async function writeWeights(folder: string, part: string, plan: WeightPlan): Promise<TensorSource> {
  let offset = 0;
  const entries: Record<string, object> = {};
  const contents: Uint8Array[] = [];
  for (const [key, shape] of plan) {
    const values = formulaWeight(`${part}/${key}`, shape);
    const end = offset + itemSize("float32") * shapeSize(shape);
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
