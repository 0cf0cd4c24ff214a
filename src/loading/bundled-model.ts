/** The small model that the package brings, so that a first picture needs no download. */
import { fileURLToPath } from "node:url";

/** Its folder; seen from src/loading/ and from dist/loading/ alike. */
export const BUNDLED_MODEL = fileURLToPath(new URL("../../models/nano", import.meta.url));
