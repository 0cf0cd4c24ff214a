/** Small checkpoints made on the spot: safetensors files, folders of them, and a temporary place to put them. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";

/** A folder that is removed when the test ends. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "kandinsky3-checkpoint-"));
  onTestFinished(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}

/** A safetensors file with this header, as text or as an object, and so many bytes of data. */
export function safetensorsBytes(header: unknown, dataLength: number): Buffer {
  const text = Buffer.from(typeof header === "string" ? header : JSON.stringify(header), "utf8");
  const prefix = Buffer.alloc(8);
  prefix.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([prefix, text, Buffer.alloc(dataLength, 1)]);
}

/** A whole safetensors file of float32 tensors with these shapes. */
export function floatTensors(shapes: Readonly<Record<string, readonly number[]>>): Buffer {
  let end = 0;
  const header = Object.entries(shapes).map(([key, shape]) => {
    const begin = end;
    end += shape.reduce((product, size) => product * size, 4);
    return [key, { dtype: "F32", shape, data_offsets: [begin, end] }];
  });
  return safetensorsBytes(Object.fromEntries(header), end);
}

/** Writes files, by their path inside `folder`; objects are written as JSON. */
export function writeFiles(folder: string, files: Readonly<Record<string, string | Buffer | object>>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    const isRaw = typeof content === "string" || Buffer.isBuffer(content);
    writeFileSync(join(folder, path), isRaw ? content : JSON.stringify(content));
  }
}

export const MODEL_INDEX = {
  _class_name: "Kandinsky3Pipeline",
  _diffusers_version: "0.24.0.dev0",
  movq: ["diffusers", "VQModel"],
  scheduler: ["diffusers", "DDPMScheduler"],
  text_encoder: ["transformers", "T5EncoderModel"],
  tokenizer: ["transformers", "T5Tokenizer"],
  unet: ["diffusers", "Kandinsky3UNet"],
} as const;

/** The files of a small but complete model folder. */
export function modelFiles(): Record<string, string | Buffer | object> {
  return {
    "model_index.json": MODEL_INDEX,
    "tokenizer/spiece.model": "pieces",
    "scheduler/scheduler_config.json": {},
    "text_encoder/model.safetensors": floatTensors({ "shared.weight": [4, 2] }),
    "unet/diffusion_pytorch_model.safetensors": floatTensors({ "conv_in.weight": [2] }),
    "movq/diffusion_pytorch_model.safetensors": floatTensors({ "quant_conv.weight": [3] }),
  };
}
