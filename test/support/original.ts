/** The reference outputs of the original repository, in `test/fixtures/original/`: the manifest's cases by kind, and their files. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { GoldenCase } from "./goldens.js";

const ORIGINAL = new URL("../fixtures/original/", import.meta.url);

/** Path of a file of the original's fixtures. */
export function originalFixture(path: string): string {
  return fileURLToPath(new URL(path, ORIGINAL));
}

/** All cases of one kind, as `Case`. Throws when there is none, so that a renamed kind cannot pass unseen. */
export function originalCases<Case extends GoldenCase>(kind: string): Case[] {
  const manifest = JSON.parse(readFileSync(originalFixture("cases.json"), "utf8")) as { cases: Case[] };
  const cases = manifest.cases.filter((entry) => entry.kind === kind);
  if (cases.length === 0) {
    throw new Error(`no golden case of kind ${kind}`);
  }
  return cases;
}
