/** Sizes for people, in the decimal units of disks and of the Hub's own pages. */
import { UsageError } from "../errors.js";

const UNITS = ["B", "kB", "MB", "GB", "TB"] as const;

/** `512 B`, `3.4 MB`, `45.1 GB`. */
export function formatSize(bytes: number): string {
  const power = bytes < 1 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log10(bytes) / 3));
  return `${(bytes / 1000 ** power).toFixed(power === 0 ? 0 : 1)} ${UNITS[power] ?? ""}`;
}

const BYTE_SIZE = /^(\d+(?:\.\d+)?) ?([kmgt])?(i)?b?$/i;

/** Bytes of `8GB`, `6 GiB`, `512MB`, `500000`. Throws `UsageError` that begins with `name`. */
export function parseByteSize(text: string, name: string): number {
  const [, number = "", unit = "", binary] = BYTE_SIZE.exec(text.trim()) ?? [];
  const bytes = Number(number) * (binary === undefined ? 1000 : 1024) ** " kmgt".indexOf(unit.toLowerCase() || " ");
  if (number === "" || bytes < 1 || (binary !== undefined && unit === "")) {
    throw new UsageError(`${name}: expected a size such as 8GB, 6GiB or 512MB, got ${JSON.stringify(text)}`);
  }
  return Math.floor(bytes);
}
