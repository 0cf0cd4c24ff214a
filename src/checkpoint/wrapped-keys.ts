/**
 * Keys that a wrapper of training has put its own name before: `module.` of DataParallel, `_orig_mod.` of torch.compile, or both.
 * Where every key has it, it belongs to none of the tensors.
 */
import type { TensorSource } from "./tensor-location.js";

const WRAPPERS = ["module.", "_orig_mod."];

/** The source without wrappers; `wrapper` says what was left out of every key, if anything. */
export function withoutWrapper(source: TensorSource): TensorSource {
  const keys = [...source.tensors.keys()];
  let wrapper = "";
  const next = (): string | undefined =>
    WRAPPERS.find((name) => keys.length > 0 && keys.every((key) => key.startsWith(wrapper + name)));
  for (let found = next(); found !== undefined; found = next()) {
    wrapper += found;
  }
  if (wrapper === "") {
    return source;
  }
  const tensors = new Map([...source.tensors].map(([key, location]) => [key.slice(wrapper.length), location]));
  return { ...source, tensors, wrapper, nameInFile: (key) => (tensors.has(key) ? wrapper + key : undefined) };
}
