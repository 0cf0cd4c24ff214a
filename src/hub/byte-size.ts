/** Sizes for people, in the decimal units of disks and of the Hub's own pages. */

const UNITS = ["B", "kB", "MB", "GB", "TB"] as const;

/** `512 B`, `3.4 MB`, `45.1 GB`. */
export function formatSize(bytes: number): string {
  const power = bytes < 1 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log10(bytes) / 3));
  return `${(bytes / 1000 ** power).toFixed(power === 0 ? 0 : 1)} ${UNITS[power] ?? ""}`;
}
