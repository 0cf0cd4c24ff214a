/** The version of the engine, from its package, which is not loaded for it. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { z } from "zod";

export function engineVersion(): string {
  const main = createRequire(import.meta.url).resolve("onnxruntime-node");
  // The package exports its main module alone, which lies in its dist/.
  const text = readFileSync(join(dirname(main), "..", "package.json"), "utf8");
  return z.object({ version: z.string() }).parse(JSON.parse(text)).version;
}
