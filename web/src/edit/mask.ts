/** A mask as the strokes that made it, in pixels of the picture. Painting them again gives the mask in any size. */

export type Tool = "brush" | "eraser" | "rectangle" | "lasso";
export type Point = readonly [x: number, y: number];

export interface Stroke {
  readonly tool: Tool;
  readonly points: readonly Point[];
  /** Width of brush and eraser. */
  readonly size: number;
}

/** What was done, in its order. */
export type MaskStep = Stroke | "invert";

/** Steps, and those that were undone and can be done again. */
export interface MaskHistory {
  readonly steps: readonly MaskStep[];
  readonly undone: readonly MaskStep[];
}

export const NO_MASK: MaskHistory = { steps: [], undone: [] };

export function withStep({ steps }: MaskHistory, step: MaskStep): MaskHistory {
  return { steps: [...steps, step], undone: [] };
}

export function undo({ steps, undone }: MaskHistory): MaskHistory {
  const last = steps.at(-1);
  return last === undefined ? { steps, undone } : { steps: steps.slice(0, -1), undone: [...undone, last] };
}

export function redo({ steps, undone }: MaskHistory): MaskHistory {
  const next = undone.at(-1);
  return next === undefined ? { steps, undone } : { steps: [...steps, next], undone: undone.slice(0, -1) };
}

interface Size {
  readonly width: number;
  readonly height: number;
}

type Context2D = CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D;

/** Paints the mask, opaque where it is, onto an empty canvas whose units are pixels of the picture. */
export function paintMask(
  context: Context2D,
  steps: readonly MaskStep[],
  { width, height }: Size,
  colour: string,
): void {
  context.save();
  context.beginPath();
  context.rect(0, 0, width, height);
  context.clip();
  context.lineCap = "round";
  context.lineJoin = "round";
  context.fillStyle = colour;
  context.strokeStyle = colour;
  for (const step of steps) {
    if (step === "invert") {
      context.globalCompositeOperation = "xor";
      context.fillRect(0, 0, width, height);
    } else {
      context.globalCompositeOperation = step.tool === "eraser" ? "destination-out" : "source-over";
      paintStroke(context, step);
    }
  }
  context.restore();
}

/** The mask in the size of the picture, white on black and nothing between; `undefined` where nothing is masked. */
export async function maskFile(steps: readonly MaskStep[], size: Size): Promise<Blob | undefined> {
  const canvas = new OffscreenCanvas(size.width, size.height);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (context === null) {
    throw new Error("this browser has no canvas");
  }
  paintMask(context, steps, size, "#ffffff");
  const image = context.getImageData(0, 0, size.width, size.height);
  let masked = false;
  for (let at = 0; at < image.data.length; at += 4) {
    const white = (image.data[at + 3] ?? 0) > HALF;
    masked ||= white;
    image.data.set(white ? WHITE : BLACK, at);
  }
  context.putImageData(image, 0, 0);
  return masked ? canvas.convertToBlob({ type: "image/png" }) : undefined;
}

const HALF = 127;
const WHITE = [255, 255, 255, 255];
const BLACK = [0, 0, 0, 255];

function paintStroke(context: Context2D, { tool, points, size }: Stroke): void {
  const [first = [0, 0]] = points;
  const last = points.at(-1) ?? first;
  context.beginPath();
  if (tool === "rectangle") {
    context.fillRect(first[0], first[1], last[0] - first[0], last[1] - first[1]);
    return;
  }
  context.moveTo(...first);
  // A touch without a movement is a dot.
  points.forEach(([x, y]) => {
    context.lineTo(x, y);
  });
  if (tool === "lasso") {
    context.closePath();
    context.fill();
    return;
  }
  context.lineWidth = size;
  context.stroke();
}
