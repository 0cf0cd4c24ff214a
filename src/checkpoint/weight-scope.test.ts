import { describe, expect, test } from "vitest";
import { CheckpointError } from "../errors.js";
import type { DType } from "../tensor/dtype.js";
import type { TensorLocation, TensorSource } from "./tensor-location.js";
import { WeightScope } from "./weight-scope.js";

function source(tensors: Readonly<Record<string, readonly [DType, ...number[]]>>): TensorSource {
  const located = Object.entries(tensors).map(([key, [dtype, ...shape]]): [string, TensorLocation] => [
    key,
    { file: "/m/x.safetensors", offset: 64, length: 0, dtype, shape },
  ]);
  return { name: "unet/x.safetensors", tensors: new Map(located) };
}

function auditError(scope: WeightScope): string {
  try {
    scope.audit();
  } catch (error) {
    expect(error).toBeInstanceOf(CheckpointError);
    return (error as Error).message;
  }
  throw new Error("the audit passed");
}

describe("WeightScope", () => {
  test("joins keys verbatim and gives the file's own locations", () => {
    const unet = source({ "down.0.resnets_in.1.weight": ["float16", 3, 2], bias: ["float32"] });
    const root = WeightScope.root(unet);
    const resnet = root.at("down", 0).at("resnets_in.1");
    expect(root.path).toBe("");
    expect(resnet.path).toBe("down.0.resnets_in.1");
    expect(resnet.at()).toMatchObject({ path: resnet.path });
    expect(resnet.has("weight")).toBe(true);
    expect(resnet.has("bias")).toBe(false);
    expect(resnet.weight("weight", [3, 2])).toBe(unet.tensors.get("down.0.resnets_in.1.weight"));
    expect(root.weight("bias", [])).toBe(unet.tensors.get("bias"));
    expect(resnet.audit()).toEqual({ used: 2, allowed: [] });
  });

  test.each(["float64", "float32", "float16", "bfloat16"] as const)("%s is taken as a weight", (dtype) => {
    const root = WeightScope.root(source({ w: [dtype, 1] }));
    expect(root.weight("w", [1]).dtype).toBe(dtype);
    expect(root.audit().used).toBe(1);
  });

  test("one error names everything that is missing, unfit or unused", () => {
    const root = WeightScope.root(
      source({ "a.weight": ["float16", 768, 384], ids: ["int64", 2], spare: ["float16", 1], good: ["float16", 1] }),
    );
    root.weight("good", [1]);
    root.weight("ids", [2]);
    root.at("b").weight("weight", [4]);
    root.at("c").weight("weight", [5]);
    root.at("c").weight("weight", [5]);
    root.at("a").weight("weight", [768, 768]);
    expect(auditError(root)).toBe(
      'unet/x.safetensors: 2 tensors are missing: "b.weight", "c.weight"; ' +
        '"ids" has type int64, expected float64 or float32 or float16 or bfloat16; ' +
        '"a.weight" has shape [768, 384], expected [768, 768]; 1 tensor is not used: "spare"',
    );
  });

  test("a wrong shape alone reads as one plain sentence", () => {
    const root = WeightScope.root(source({ "to_q.weight": ["float32", 768, 384] }));
    root.at("to_q").weight("weight", [768, 768]);
    expect(auditError(root)).toBe('unet/x.safetensors: "to_q.weight" has shape [768, 384], expected [768, 768]');
  });

  test("placeholders let the build go on: expected shape, the type of the other weights, no file", () => {
    const root = WeightScope.root(source({ ids: ["int64", 2], w: ["bfloat16", 7] }));
    expect(root.weight("none", [2, 3])).toEqual({ file: "", offset: 0, length: 12, dtype: "bfloat16", shape: [2, 3] });
    expect(root.weight("w", [8])).toEqual({ file: "", offset: 0, length: 16, dtype: "bfloat16", shape: [8] });
    expect(WeightScope.root(source({})).weight("none", []).dtype).toBe("float32");
  });

  test("long lists are capped and counted", () => {
    const root = WeightScope.root(source({}));
    for (let i = 0; i < 25; i++) {
      root.at("blocks", i).weight("weight", [1]);
    }
    const message = auditError(root);
    expect(message).toContain("25 tensors are missing: ");
    expect(message).toContain('"blocks.4.weight" and 20 more');
    expect(message).not.toContain('"blocks.5.weight"');
  });
});

describe("allowances", () => {
  const t5 = () =>
    source({
      "shared.weight": ["float32", 1],
      "lm_head.weight": ["float32", 1],
      "decoder.block.0.weight": ["float32", 1],
      "decoder_like.weight": ["float32", 1],
    });
  const allowances = [
    { keys: "lm_head.weight", reason: "only the decoder uses it" },
    { keys: "decoder.*", reason: "a full T5 file holds the decoder too" },
  ];

  test("cover exact keys and prefixes, nothing else", () => {
    const root = WeightScope.root(t5());
    root.weight("shared.weight", [1]);
    expect(() => root.audit(allowances)).toThrow('1 tensor is not used: "decoder_like.weight"');
  });

  test("are reported with their reasons", () => {
    const root = WeightScope.root(t5());
    root.weight("shared.weight", [1]);
    root.weight("decoder_like.weight", [1]);
    expect(root.audit(allowances)).toEqual({
      used: 2,
      allowed: [
        { key: "lm_head.weight", reason: "only the decoder uses it" },
        { key: "decoder.block.0.weight", reason: "a full T5 file holds the decoder too" },
      ],
    });
  });

  test("do not excuse a missing tensor", () => {
    const root = WeightScope.root(source({}));
    root.weight("lm_head.weight", [1]);
    expect(() => root.audit(allowances)).toThrow('1 tensor is missing: "lm_head.weight"');
  });
});
