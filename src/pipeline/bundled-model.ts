/** The small model that the package brings, so that a first picture needs no download. */
import { fileURLToPath } from "node:url";

/** Its folder; seen from src/pipeline/ and from dist/pipeline/ alike. */
export const BUNDLED_MODEL = fileURLToPath(new URL("../../models/nano", import.meta.url));
