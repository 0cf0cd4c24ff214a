import { expect, test } from "vitest";
import { summarize } from "./summary.js";
import type { TensorLocation } from "../checkpoint/tensor-location.js";

function location(file: string, dtype: "float16" | "float32", shape: number[], length: number): TensorLocation {
  return { file, offset: 0, length, dtype, shape };
}

test("parameters, bytes, files and types are added up", () => {
  const tensors = new Map([
    ["a", location("/1", "float16", [2, 3], 12)],
    ["b", location("/2", "float32", [5], 20)],
    ["c", location("/1", "float16", [], 2)],
  ]);
  const summary = summarize({ name: "x", tensors });
  expect(summary).toMatchObject({ name: "x", tensors: 3, parameters: 12, bytes: 34, files: ["/1", "/2"] });
  expect([...summary.dtypes]).toEqual([
    ["float32", { tensors: 1, parameters: 5, bytes: 20 }],
    ["float16", { tensors: 2, parameters: 7, bytes: 14 }],
  ]);
});

test("nothing adds up to nothing", () => {
  expect(summarize({ name: "x", tensors: new Map() })).toMatchObject({
    tensors: 0,
    parameters: 0,
    bytes: 0,
    files: [],
  });
});
