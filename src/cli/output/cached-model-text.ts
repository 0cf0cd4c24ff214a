/** What the cache holds of a model, as text for people. */
import { formatSize } from "../../text/byte-size.js";
import type { CachedModel } from "../../hub/cache/cached-models.js";

/** One block for each revision, one line for each file. */
export function formatCachedModel({ repository, folder, revisions, bytes, partialBytes }: CachedModel): string {
  const lines = [`${repository}  ${formatSize(bytes)}`, folder];
  if (partialBytes > 0) {
    lines.push(`unfinished files: ${formatSize(partialBytes)}`);
  }
  for (const revision of revisions) {
    const names = revision.refs.length === 0 ? "no branch or tag, or not whole yet" : revision.refs.join(", ");
    lines.push("", `${revision.commit} (${names})  ${formatSize(revision.bytes)}`, revision.folder);
    const width = Math.max(0, ...revision.files.map(({ path }) => path.length));
    for (const { path, size } of revision.files) {
      lines.push(`  ${path.padEnd(width)}  ${size === undefined ? "missing" : formatSize(size)}`);
    }
  }
  return `${lines.join("\n")}\n`;
}
