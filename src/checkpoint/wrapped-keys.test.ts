import { expect, test } from "vitest";
import type { TensorLocation } from "./tensor-location.js";
import { withoutWrapper } from "./wrapped-keys.js";

const place: TensorLocation = { file: "x", offset: 0, length: 4, dtype: "float32", shape: [1] };
const source = (...keys: string[]) => ({ name: "x", tensors: new Map(keys.map((key) => [key, place])) });

test.each([
  [["module.a", "module.b"], "module.", ["a", "b"]],
  [["_orig_mod.a"], "_orig_mod.", ["a"]],
  [["_orig_mod.module.a", "_orig_mod.module.b"], "_orig_mod.module.", ["a", "b"]],
  [["module.a", "b"], undefined, ["module.a", "b"]],
  [["modules.a"], undefined, ["modules.a"]],
  [[], undefined, []],
])("%j", (keys, wrapper, plain) => {
  const read = withoutWrapper(source(...keys));
  expect({ wrapper: read.wrapper, keys: [...read.tensors.keys()] }).toEqual({ wrapper, keys: plain });
  expect(wrapper === undefined ? keys : plain.map((key) => read.nameInFile?.(key))).toEqual(keys);
});
