/** What this process and its children may still take: the system's word, or the container's limit. */
import { freemem, totalmem } from "node:os";

/** In bytes. */
export function availableMemory(): number {
  const limit = process.constrainedMemory();
  // Without a limit the number is 0 or beyond the machine's memory.
  return limit > 0 && limit < totalmem() ? Math.min(limit, freemem()) : freemem();
}
