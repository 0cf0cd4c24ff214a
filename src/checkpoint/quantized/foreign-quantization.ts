/**
 * Quantizations of other tools, told by their marks: keys and types that no file of plain weights has. Each is named in one sentence,
 * where the tensors alone would give a list of all that does not fit.
 * References: bitsandbytes (nn/modules.py, functional.py), transformers' quantizers/, the float8 files of ComfyUI, GGUF's specification.
 */
import { isJsonObject } from "../../files/strict-json.js";
import { quoted } from "../../text/quote.js";
import { CheckpointError } from "../../errors.js";
import type { TensorSource } from "../tensor-location.js";

const FP8 = "8-bit floats (fp8)";

/** Names of tensors beside a weight, the surest first. */
const KEYS: readonly (readonly [RegExp, string])[] = [
  [/\.quant_state\.bitsandbytes__nf4$/, "bitsandbytes in 4 bits (nf4)"],
  [/\.quant_state\.bitsandbytes__fp4$/, "bitsandbytes in 4 bits (fp4)"],
  [/\.(?:nested_)?(?:absmax|quant_map)$/, "bitsandbytes in 4 bits"],
  [/\.(?:SCB|weight_format)$/, "bitsandbytes in 8 bits (int8)"],
  [/\.(?:qweight|qzeros|g_idx)$/, "GPTQ or AWQ"],
  [/(?:^|\.)(?:scaled_fp8|scale_weight|scale_input)$/, FP8],
  [/\.weight\._(?:data|scale|shift)$/, "quanto"],
  [/\.weight_packed$/, "compressed-tensors"],
  [/\.W_q$/, "HQQ"],
];

/** Modules of Python whose classes stand for quantized tensors in a pickle. */
const MODULES: readonly (readonly [RegExp, string])[] = [
  [/^torch\.(?:cuda\.)?float8_|^torch\.(?:cuda\.)?Float8_/, FP8],
  [/^bitsandbytes\./, "bitsandbytes"],
  [/^torchao\./, "torchao"],
  [/^(?:optimum\.)?quanto\./, "quanto"],
  [/^(?:gptqmodel|auto_gptq|awq)\./, "GPTQ or AWQ"],
  [/^hqq\./, "HQQ"],
];

/** What diffusers and transformers call them in a configuration. */
const METHODS: ReadonlyMap<unknown, string> = new Map([
  ["bitsandbytes", "bitsandbytes"],
  ["gptq", "GPTQ"],
  ["awq", "AWQ"],
  ["gguf", "GGUF"],
  ["fp8", FP8],
  ["fbgemm_fp8", FP8],
  ["hqq", "HQQ"],
]);

/** What to use instead. */
export const PLAIN_WEIGHTS =
  "expected the model in fp32, fp16 or bf16, which is rounded here where fewer bits are asked for (dtype int8)";

/** The rest of a sentence that begins with the file's name. */
export function refusal(quantization: string): string {
  return `its weights are quantized with ${quantization}, which is not read, ${PLAIN_WEIGHTS}`;
}

/** What a `quantization_config` says; `undefined` where it says that nothing is quantized. */
export function quantizationInConfig(config: unknown): string | undefined {
  if (!isJsonObject(config) || Object.keys(config).length === 0) {
    return undefined;
  }
  const { quant_method: method, load_in_4bit: in4, load_in_8bit: in8, bnb_4bit_quant_type: type, bits } = config;
  const bitsandbytes = in4 === true || in8 === true ? "bitsandbytes" : undefined;
  const name =
    METHODS.get(method) ?? (typeof method === "string" ? quoted(method) : (bitsandbytes ?? "a method without a name"));
  const width = in4 === true ? 4 : in8 === true ? 8 : bits;
  const inBits = typeof width === "number" ? ` in ${width} bits` : "";
  return `${name}${inBits}${in4 === true && typeof type === "string" ? ` (${quoted(type).slice(1, -1)})` : ""}`;
}

/** What a class or type that a pickle names stands for; `undefined` for all others. */
export function quantizationOfClass(name: string): string | undefined {
  return MODULES.find(([start]) => start.test(name))?.[1];
}

/** What an element type of a safetensors file says; `undefined` for all others. */
export function quantizationOfType(dtype: unknown): string | undefined {
  const bits = typeof dtype === "string" ? /^F([468])(?:_|$)/.exec(dtype)?.[1] : undefined;
  return bits === undefined ? undefined : bits === "8" ? FP8 : `floats of ${bits} bits`;
}

/** Throws `CheckpointError` for weights that another tool quantized. */
export function refuseForeignQuantization({ name, tensors, scheme }: TensorSource): void {
  if (scheme !== undefined) {
    return; // Our own.
  }
  const keys = [...tensors.keys()];
  const found = KEYS.find(([mark]) => keys.some((key) => mark.test(key)))?.[1];
  if (found !== undefined) {
    throw new CheckpointError(`${name}: ${refusal(found)}`, { options: ["dtype"] });
  }
}
