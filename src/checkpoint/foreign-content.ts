/** What often lies in place of weights, told by its first bytes. */

/* eslint-disable no-control-regex -- signatures of files */
const KINDS: readonly (readonly [RegExp, string])[] = [
  [
    /^version https:\/\/git-lfs\.github\.com\//,
    "is a Git LFS pointer, not the file itself, which git lfs pull or kandinsky3 pull fetches",
  ],
  [/^\s*<(?:!doctype|html|\?xml|head)\b/i, "is a web page, as a download that needs a login or went wrong leaves it"],
  [/^\u001f\x8b/, "is a gzip archive, expected what is in it"],
  [/^(?:Rar!|7z\xbc\xaf|\xfd7zXZ|BZh)/, "is an archive, expected what is in it"],
  [/^GGUF/, "is a GGUF file, which is not read; expected safetensors or PyTorch weights"],
];

/** The rest of a sentence that begins with the file's name; `undefined` where `head` is of no such kind. */
export function foreignContent(head: Uint8Array, size: number): string | undefined {
  if (size === 0) {
    return "is empty, as a download that never began leaves it";
  }
  const text = Buffer.from(head).toString("latin1");
  return KINDS.find(([start]) => start.test(text))?.[1];
}
