/**
 * Writes the types of the studio's client, web/src/api/schema.d.ts, from the OpenAPI document of a server that is started for it. With
 * --check nothing is written, and types of another document are an error.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import openapiTS, { astToString } from "openapi-typescript";
import { format, resolveConfig } from "prettier";
import { readSettings } from "../dist/cli/server/read-settings.js";
import { runServer } from "../dist/cli/server/run-server.js";

const TARGET = fileURLToPath(new URL("../web/src/api/schema.d.ts", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "kandinsky3-types-"));
const server = await runServer(await readSettings({ port: "0", data: folder, quiet: true }, {}), () => undefined);
try {
  const types = astToString(await openapiTS(new URL("/openapi.json", server.address)));
  const text = await format(types, { ...(await resolveConfig(TARGET)), parser: "typescript" });
  if (!process.argv.includes("--check")) {
    writeFileSync(TARGET, text);
  } else if (readFileSync(TARGET, "utf8") !== text) {
    console.error("web/src/api/schema.d.ts is of another OpenAPI document; npm run page:types writes it anew");
    process.exitCode = 1;
  }
} finally {
  await server.close(0);
  rmSync(folder, { recursive: true, force: true });
}
