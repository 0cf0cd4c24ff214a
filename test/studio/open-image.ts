/** The pixels of a file. */
import { loadSharp } from "../../src/image/sharp.js";

export async function openImage(
  file: string | Buffer,
): Promise<{ readonly data: Buffer; readonly info: { readonly width: number; readonly height: number } }> {
  const sharp = await loadSharp();
  return sharp(file).removeAlpha().raw().toBuffer({ resolveWithObject: true });
}
