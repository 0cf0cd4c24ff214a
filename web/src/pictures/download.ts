/** Files for the user: one picture, or several in a zip. */
import { pictureFile } from "../api/actions";
import type { JobImage } from "../api/types";

type Named = Pick<JobImage, "id" | "mime"> & { readonly prompt: string };

const ENDINGS: Readonly<Record<string, string>> = { "image/jpeg": "jpg", "image/webp": "webp" };
const LONGEST_NAME = 60;

export async function downloadPicture(picture: Named): Promise<void> {
  save(await pictureFile(picture.id), fileName(picture));
}

export async function downloadZip(pictures: readonly Named[]): Promise<void> {
  const { zipSync } = await import("fflate");
  const files = await Promise.all(
    pictures.map(async (picture, index) => {
      const bytes = new Uint8Array(await (await pictureFile(picture.id)).arrayBuffer());
      return [`${String(index + 1).padStart(3, "0")}-${fileName(picture)}`, bytes] as const;
    }),
  );
  // Pictures are compressed as they are.
  const zip = zipSync(Object.fromEntries(files), { level: 0 });
  save(new Blob([zip], { type: "application/zip" }), "kandinsky3.zip");
}

/** The clipboard takes PNG alone. */
export async function copyPicture(id: string): Promise<void> {
  await navigator.clipboard.write([new ClipboardItem({ "image/png": pictureFile(id) })]);
}

/** The prompt's letters, and the id, which keeps names apart. */
export function fileName({ id, mime, prompt }: Named): string {
  const words = prompt
    .replace(/[^\p{L}\p{N}]+/gu, "-")
    .replace(/^-|-$/g, "")
    .slice(0, LONGEST_NAME);
  return `${words === "" ? "picture" : words}-${id.slice(4, 12)}.${ENDINGS[mime] ?? "png"}`;
}

function save(file: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  setTimeout(() => {
    URL.revokeObjectURL(link.href);
  }, 60_000);
}
