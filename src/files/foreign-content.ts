/** What often lies in place of a model's files (weights, tokenizers, configurations), told by its first bytes. */

/** As many of a file's first bytes as `foreignContent` looks at. */
export const HEAD_BYTES = 512;

/* eslint-disable no-control-regex -- signatures of files */
const KINDS: readonly (readonly [RegExp, string])[] = [
  [
    /^version https:\/\/git-lfs\.github\.com\//,
    "is a Git LFS pointer, not the file itself, which git lfs pull or kandinsky3 pull fetches",
  ],
  [
    /^\s*<(?:!doctype|!--|html|\?xml|head|body|error)\b/i,
    "is a web page, as a download that needs a login or went wrong leaves it",
  ],
  [
    /^(?:Entry not found|Repository not found|Invalid username or password|Invalid credentials|Access to model|Unauthorized|Not Found|\{\s*"error"\s*:)/i,
    "is the error message of a server, as a download that needs a login or went wrong leaves it",
  ],
  [/^PK\u0003\u0004/, "is a zip archive, expected what is in it"],
  [/^\u001f\x8b/, "is a gzip archive, expected what is in it"],
  [/^[^]{257}ustar/, "is a tar archive, expected what is in it"],
  [/^(?:Rar!|7z\xbc\xaf|\xfd7zXZ|BZh|\x28\xb5\x2f\xfd)/, "is an archive, expected what is in it"],
  [/^GGUF/, "is a GGUF file, which is not read; expected safetensors or PyTorch weights in fp32, fp16 or bf16"],
  [/^\u0000{16}/, "begins with zeros, as a download that was broken off leaves it"],
];

/** The rest of a sentence that begins with the file's name; `undefined` where `head` is of no such kind. */
export function foreignContent(head: Uint8Array, size: number): string | undefined {
  if (size === 0) {
    return "is empty, as a download that never began leaves it";
  }
  // What was edited may begin with a byte-order mark.
  const text = Buffer.from(head.subarray(0, HEAD_BYTES))
    .toString("latin1")
    .replace(/^\xef\xbb\xbf/, "");
  return KINDS.find(([start]) => start.test(text))?.[1];
}
