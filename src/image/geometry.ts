/** Sizes and places of images, in pixels. */

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** A part of an image, from its top left corner. */
export interface Rectangle extends Size {
  readonly left: number;
  readonly top: number;
}

export function formatSides({ width, height }: Size): string {
  return `${width} x ${height}`;
}

export function sameSides(a: Size, b: Size): boolean {
  return a.width === b.width && a.height === b.height;
}
