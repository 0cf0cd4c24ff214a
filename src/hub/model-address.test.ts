import { expect, test } from "vitest";
import { readModelAddress } from "./model-address.js";

test.each([
  ["org/name", "org/name", undefined],
  ["  org/name \n", "org/name", undefined],
  ["org/name/", "org/name", undefined],
  ["org/name@v1.0", "org/name", "v1.0"],
  ["org/name@refs/pr/3", "org/name", "refs/pr/3"],
  ["kandinsky-3@main", "kandinsky-3", "main"],
  ["https://huggingface.co/org/name", "org/name", undefined],
  ["https://huggingface.co/org/name/", "org/name", undefined],
  ["https://huggingface.co/org/name?library=diffusers#x", "org/name", undefined],
  ["https://huggingface.co/org/name/tree/main/unet", "org/name", "main"],
  ["https://huggingface.co/org/name/blob/refs%2Fpr%2F3/README.md", "org/name", "refs/pr/3"],
  ["https://huggingface.co/org/name/resolve/0a1b/unet/config.json?download=true", "org/name", "0a1b"],
  ["https://huggingface.co/org/name.git", "org/name", undefined],
  ["huggingface.co/org/name.v2/tree/dev", "org/name.v2", "dev"],
  ["hf.co/org/name", "org/name", undefined],
  ["/home/me@work/models", "/home/me@work/models", undefined],
])("%j", (text, name, revision) => {
  expect(readModelAddress(text)).toEqual({ name, revision });
});
