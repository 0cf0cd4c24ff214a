/** Weights that other tools quantized are named by what they are, in one short sentence with what to use instead. */
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { resolveGlobal } from "../../src/checkpoint/torch/torch-globals.js";
import { COMPONENT_NAMES } from "../../src/components/components.js";
import { KandinskyError } from "../../src/errors.js";
import { describeModel } from "../../src/inspect/model-description.js";
import { graphOf } from "../../src/inspect/model-graph.js";
import { openModelComponents } from "../../src/loading/model-components.js";
import { openModelFolder } from "../../src/loading/model-folder.js";
import { resolveModel } from "../../src/loading/resolve-model.js";
import { readOutline } from "../../src/planning/model-outline.js";
import { diffusersFixture } from "../support/goldens.js";
import { temporaryFolder } from "./support.js";

const UNET = "unet/diffusion_pytorch_model.safetensors";

function copyOfTiny(): string {
  const folder = temporaryFolder();
  cpSync(diffusersFixture("tiny"), folder, { recursive: true });
  return folder;
}

/** A safetensors file of one byte-sized tensor for each name. */
function safetensors(names: readonly string[], dtype: string): Buffer {
  const entries = names.map((name, index) => [name, { dtype, shape: [1], data_offsets: [index, index + 1] }]);
  const header = Buffer.from(JSON.stringify(Object.fromEntries(entries)));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  return Buffer.concat([length, header, Buffer.alloc(names.length)]);
}

/** What opening, planning and describing the model say of it, which is one short sentence. */
async function sentenceOf(folder: string): Promise<string> {
  const thrown: unknown = await openModelComponents(folder, undefined).catch((error: unknown) => error);
  expect(thrown).toBeInstanceOf(KandinskyError);
  const { message } = thrown as KandinskyError;
  expect(message.length - folder.length).toBeLessThan(300);
  expect(message).toMatch(/expected .*fp32, fp16 or bf16/);
  await expect(readOutline(folder, undefined)).rejects.toThrow(message);
  const { problems, parts } = await describeModel(await openModelFolder(folder, COMPONENT_NAMES), {});
  expect(problems).toEqual([message]);
  expect(parts.movq?.weights?.tensors).toBeGreaterThan(10);
  return message;
}

const MANY = Array.from({ length: 300 }, (_, index) => `down_blocks.${index}.to_q`);

test.each([
  [
    "bitsandbytes in 4 bits (nf4)",
    MANY.flatMap((key) => [`${key}.weight`, `${key}.weight.absmax`, `${key}.weight.quant_state.bitsandbytes__nf4`]),
    "U8",
  ],
  ["bitsandbytes in 4 bits (fp4)", ["a.weight", "a.weight.quant_state.bitsandbytes__fp4"], "U8"],
  ["bitsandbytes in 4 bits", ["a.weight", "a.weight.nested_quant_map"], "U8"],
  ["bitsandbytes in 8 bits (int8)", MANY.flatMap((key) => [`${key}.weight`, `${key}.SCB`]), "I8"],
  ["GPTQ or AWQ", ["a.qweight", "a.qzeros", "a.scales"], "U8"],
  ["8-bit floats (fp8)", MANY, "F8_E4M3"],
  ["8-bit floats (fp8)", ["a.weight"], "F8_E5M2"],
  ["8-bit floats (fp8)", ["a.weight", "a.scale_weight", "scaled_fp8"], "U8"],
  ["floats of 4 bits", ["a.weight"], "F4"],
  ["quanto", ["a.weight._data", "a.weight._scale"], "I8"],
])("%s, in tensors", async (name, keys, dtype) => {
  const folder = copyOfTiny();
  writeFileSync(join(folder, UNET), safetensors(keys, dtype));
  expect(await sentenceOf(folder)).toContain(`${UNET}: its weights are quantized with ${name}, which is not read`);
  await expect(graphOf(await openModelFolder(folder), "unet", {})).rejects.toThrow(name);
});

describe("in a configuration", () => {
  const part = (folder: string): string => join(folder, "text_encoder/config.json");
  const withConfig = (value: unknown): string => {
    const folder = copyOfTiny();
    const config = JSON.parse(readFileSync(part(folder), "utf8")) as object;
    writeFileSync(part(folder), JSON.stringify({ ...config, quantization_config: value }));
    return folder;
  };

  test.each([
    [{ quant_method: "bitsandbytes", load_in_8bit: true }, "bitsandbytes in 8 bits"],
    [{ load_in_4bit: true, load_in_8bit: false, bnb_4bit_quant_type: "nf4" }, "bitsandbytes in 4 bits (nf4)"],
    [{ quant_method: "gptq", bits: 4 }, "GPTQ in 4 bits"],
    [{ quant_method: "fp8", activation_scheme: "dynamic" }, "8-bit floats (fp8)"],
    [{ quant_method: "made-up" }, '"made-up"'],
    [{ bits: 3 }, "a method without a name in 3 bits"],
  ])("%j", async (value, name) => {
    const folder = withConfig(value);
    expect(await sentenceOf(folder)).toContain(`${part(folder)}: its weights are quantized with ${name}, which is not`);
  });

  test.each([null, {}])("%j says that nothing is", async (value) => {
    expect((await openModelComponents(withConfig(value), undefined)).notes).toEqual([]);
  });
});

describe("GGUF", () => {
  test("in place of the weights", async () => {
    const folder = copyOfTiny();
    readdirSync(join(folder, "unet"))
      .filter((name) => name.startsWith("diffusion_pytorch_model"))
      .forEach((name) => {
        rmSync(join(folder, "unet", name));
      });
    writeFileSync(join(folder, "unet/kandinsky3-Q4_K.gguf"), "GGUF\u0003");
    expect(await sentenceOf(folder)).toContain('holds "kandinsky3-Q4_K.gguf": GGUF files are not read');
  });

  test("under another name", async () => {
    const folder = copyOfTiny();
    writeFileSync(join(folder, UNET), "GGUF\u0003\0\0\0 and so on");
    expect(await sentenceOf(folder)).toContain(`${UNET} is a GGUF file`);
  });

  test("as the model", async () => {
    const file = join(temporaryFolder(), "kandinsky3.gguf");
    writeFileSync(file, "GGUF");
    await expect(resolveModel(file)).rejects.toThrow(`${file} is a GGUF file, which is not read, expected the model`);
  });
});

test.each([
  ["torch", "Float8_e4m3fnStorage", "8-bit floats (fp8)"],
  ["torch", "float8_e5m2", "8-bit floats (fp8)"],
  ["bitsandbytes.nn.modules", "Params4bit", "bitsandbytes"],
  ["torchao.dtypes.affine_quantized_tensor", "AffineQuantizedTensor", "torchao"],
  ["optimum.quanto.tensor.qbytes", "QBytesTensor", "quanto"],
])("a pickle that names %s.%s", (module, name, what) => {
  expect(() => resolveGlobal(module, name)).toThrow(`its weights are quantized with ${what}, which is not read`);
});
