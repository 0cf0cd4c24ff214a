/** The stored reference: descriptions and outputs of tiny networks, made by scripts/make-doctor-references.py. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { readConfig } from "../files/json-file.js";
import { readBytes, withFile } from "../files/local-file.js";
import { readSafetensorsHeader } from "../checkpoint/safetensors/safetensors.js";
import { CheckpointError } from "../errors.js";
import { tensor, type Tensor } from "../tensor/tensor.js";

/** Seen from src/doctor/ and from dist/doctor/ alike. */
export const REFERENCE_FOLDER = fileURLToPath(new URL("../../reference", import.meta.url));

const json = z.record(z.string(), z.unknown());

const schema = z.object({
  made_with: z.record(z.string(), z.string()),
  text_encoder: json,
  unet: json,
  movq: json,
  scheduler: json,
  scheduler_steps: z.int().positive(),
  seeds: z.array(z.string()),
  tokens: z.array(z.object({ text: z.string(), ids: z.array(z.int()) })),
  tolerances: z.record(z.string(), z.number().positive()),
});

export interface Reference extends z.output<typeof schema> {
  /** The outputs by `part/module`. */
  readonly outputs: ReadonlyMap<string, Tensor>;
}

/** Throws `CheckpointError` or `ConfigError` when the package is incomplete. */
export async function readReference(folder = REFERENCE_FOLDER): Promise<Reference> {
  const description = await readConfig(join(folder, "reference.json"), schema);
  const { tensors } = await readSafetensorsHeader(join(folder, "blocks.safetensors"));
  const outputs = new Map<string, Tensor>();
  for (const [key, { file, offset, length, shape, dtype }] of tensors) {
    if (dtype !== "float32") {
      throw new CheckpointError(`${file}: ${key} has type ${dtype}, expected float32`);
    }
    const bytes = await withFile(file, (handle) => readBytes(handle, offset, length));
    outputs.set(key, tensor(shape, new Float32Array(bytes.buffer)));
  }
  return { ...description, outputs };
}
