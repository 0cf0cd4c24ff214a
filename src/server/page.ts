/** The studio: the page at `/`, as the build leaves it in `dist/web/`. Its files are open to everybody; what it shows asks for the key. */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import fastifyStatic from "@fastify/static";
import type { App } from "./context.js";

/** Both src/server and dist/server lie two folders below the package's root. */
const FOLDER = fileURLToPath(new URL("../../dist/web/", import.meta.url));
/** Names in this folder carry a hash of their content. */
const HASHED = "/assets/";
const YEAR = "public, max-age=31536000, immutable";

/** Whether a route answers with a file of the page. */
export type IsPageRoute = (url: string | undefined) => boolean;

/** Serves the page where it has been built; a server that runs from sources alone is one without it. */
export async function addPage(app: App): Promise<IsPageRoute> {
  const routes = new Set<string>();
  if (existsSync(FOLDER)) {
    await app.register(async (page) => {
      page.addHook("onRoute", ({ url }) => {
        routes.add(url);
      });
      await page.register(fastifyStatic, {
        root: FOLDER,
        // One route for each file, so that every other path stays the interface's own.
        wildcard: false,
        schemaHide: true,
        cacheControl: false,
        setHeaders: (reply, path) => {
          reply.header("cache-control", path.replaceAll("\\", "/").includes(HASHED) ? YEAR : "no-cache");
        },
      });
    });
  }
  return (url) => url !== undefined && routes.has(url);
}
