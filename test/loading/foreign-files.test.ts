/** What often lies in place of a model's files is named for what it is, whichever file it is in place of. */
import { cpSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { openModelComponents } from "../../src/loading/model-components.js";
import { temporaryFolder } from "../checkpoint/support.js";
import { diffusersFixture } from "../support/goldens.js";

const TINY = diffusersFixture("tiny");
const FILES = [
  "model_index.json",
  "tokenizer/spiece.model",
  "tokenizer/tokenizer_config.json",
  "tokenizer/special_tokens_map.json",
  "tokenizer/added_tokens.json",
  "scheduler/scheduler_config.json",
  "unet/config.json",
  "text_encoder/config.json",
  "unet/diffusion_pytorch_model.safetensors",
  "text_encoder/model.safetensors",
  "generation_config.json",
];
const CONTENTS: readonly (readonly [string, Buffer | string, string])[] = [
  ["a Git LFS pointer", "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n", "is a Git LFS pointer"],
  ["a web page", "\n<!DOCTYPE html><html><head><title>Sign in</title>", "is a web page"],
  ["a web page with a byte-order mark", "\ufeff<html>", "is a web page"],
  ["an XML error of a storage", '<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>', "is a web page"],
  ["an error message", "Entry not found", "is the error message of a server"],
  ["an error object", '{"error":"Invalid credentials"}', "is the error message of a server"],
  ["a zip archive", Buffer.from("PK\u0003\u0004and so on"), "is a zip archive"],
  ["a gzip archive", gzipSync("content"), "is a gzip archive"],
  [
    "a tar archive",
    Buffer.concat([Buffer.alloc(257, "x"), Buffer.from("ustar"), Buffer.alloc(250)]),
    "is a tar archive",
  ],
  ["an empty file", "", "is empty"],
  ["a file of zeros", Buffer.alloc(5000), "begins with zeros"],
];

const cases = FILES.flatMap((file) =>
  CONTENTS.map(([kind, content, message]) => [file, kind, content, message] as const),
);

test.each(cases)("%s: %s", async (file, _, content, message) => {
  const folder = temporaryFolder();
  cpSync(TINY, folder, { recursive: true });
  writeFileSync(join(folder, file), content);
  const opened = openModelComponents(folder, undefined);
  await expect(opened).rejects.toMatchObject({ code: expect.stringMatching(/^(?:config|checkpoint)$/) as string });
  await expect(opened).rejects.toThrow(message);
  await expect(opened).rejects.toThrow(file);
});

test.each(FILES.filter((file) => existsSync(join(TINY, file))))("%s cut short", async (file) => {
  const folder = temporaryFolder();
  cpSync(TINY, folder, { recursive: true });
  const bytes = readFileSync(join(TINY, file));
  for (const length of [3, bytes.length >> 1, bytes.length - 2]) {
    writeFileSync(join(folder, file), bytes.subarray(0, length));
    const opened = openModelComponents(folder, undefined);
    await expect(opened, `at ${length}`).rejects.toThrow(file);
    await expect(opened, `at ${length}`).rejects.toThrow(
      /cut short|cut-off|expected at most|expected a safetensors file of 8 or more/,
    );
  }
});
