/** The version of the engine, from its package, which is not loaded for it. */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { z } from "zod";
import { findEngine } from "./platform-engine.js";

export function engineVersion(): string {
  const text = readFileSync(join(dirname(findEngine()), "..", "package.json"), "utf8");
  return z.object({ version: z.string() }).parse(JSON.parse(text)).version;
}
