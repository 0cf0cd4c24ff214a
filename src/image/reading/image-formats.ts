/** Formats of image files, told by their first bytes before any decoder sees the file. */

/** `expected` is what to do about a file that is not read; `undefined` where it is read. */
export interface ImageFormatFound {
  readonly name: string;
  readonly expected: string | undefined;
}

/** As many bytes as the signatures look at. */
const HEAD_BYTES = 512;
const AS_PNG = "expected it exported as PNG or JPEG";

/* eslint-disable no-control-regex -- signatures of files */
const SIGNATURES: readonly (readonly [RegExp, string, string?])[] = [
  [/^\x89PNG\r\n\x1a\n/, "PNG"],
  [/^\xff\xd8\xff/, "JPEG"],
  [/^RIFF[^]{4}WEBP/, "WebP"],
  [/^GIF8[79]a/, "GIF"],
  [/^(?:II\*\0|MM\0\*|II\+\0|MM\0\+)/, "TIFF"],
  [/^BM/, "BMP"],
  [/^[^]{4}ftyp(?:avif|avis)/, "AVIF"],
  [/^[^]{4}ftyp(?:mif1|msf1)[^]{0,40}avif/, "AVIF"],
  [
    /^[^]{4}ftyp(?:hei[cxms]|hev[cxms]|mif1|msf1)/,
    "HEIC",
    `${AS_PNG}, as phones do when they share "most compatible" photos`,
  ],
  [/^(?:\xff\x0a|\0\0\0\x0cJXL )/, "JPEG XL", AS_PNG],
  [/^(?:\0\0\0\x0cjP |\xffO\xffQ)/, "JPEG 2000", AS_PNG],
  [/^8BP[SB]/, "Photoshop", AS_PNG],
  [/^%PDF-/, "PDF", "expected a page of it exported as PNG"],
  [
    /^(?:\xef\xbb\xbf)?\s*(?:<\?xml[^]*)?(?:<!--[^]*)?(?:<!DOCTYPE svg[^]*)?<svg[\s>]/i,
    "SVG",
    "which is a drawing without pixels; expected it exported as PNG",
  ],
  [/^\x1f\x8b/, "gzip (SVGZ?)", AS_PNG],
  [/^\0\0[\x01\x02]\0/, "ICO", AS_PNG],
  [/^\x76\x2f\x31\x01/, "OpenEXR", AS_PNG],
  [/^[^]{4}ftyp/, "video", "expected one frame of it as PNG or JPEG"],
  [/^\x1aE\xdf\xa3/, "video", "expected one frame of it as PNG or JPEG"],
  [/^PK\x03\x04/, "ZIP", "expected the image that is in it"],
  [
    /^(?:\xef\xbb\xbf)?\s*<(?:!doctype html|html|head)\b/i,
    "HTML",
    "which is a web page, expected the address of the image itself",
  ],
  [
    /^version https:\/\/git-lfs\.github\.com\//,
    "Git LFS pointer",
    "expected the image itself, which git lfs pull fetches",
  ],
];

/** `undefined` for what is none that is known. */
export function recogniseImage(file: Uint8Array): ImageFormatFound | undefined {
  const head = Buffer.from(file.subarray(0, HEAD_BYTES)).toString("latin1");
  const found = SIGNATURES.find(([start]) => start.test(head));
  return found && { name: found[1], expected: found[2] };
}

/** The formats that are read, for sentences. */
export const READ_FORMATS = "PNG, JPEG, WebP, AVIF, GIF, TIFF or BMP";
