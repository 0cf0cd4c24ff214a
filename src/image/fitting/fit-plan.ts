/** How an image of any size becomes one that the networks take: scaled, and cropped or padded to multiples of what they take. */
import { type Rectangle, sameSides, type Size } from "../geometry.js";

/** `crop` leaves out what is too much around the middle, `pad` repeats the edges, `stretch` gives up the proportions. */
export const FITS = ["crop", "pad", "stretch"] as const;
export type Fit = (typeof FITS)[number];

export interface FitRule {
  readonly fit: Fit;
  /** Asked for, in multiples of `multiple`; `undefined` is found. */
  readonly width: number | undefined;
  readonly height: number | undefined;
  /** The most pixels where no size is asked for. */
  readonly area: number;
  /** What both sides have to be multiples of. */
  readonly multiple: number;
}

export interface FitPlan {
  /** The part of the image that is used. It is cropped before it is scaled: scaled whole, a very long image would fill the memory. */
  readonly part: Rectangle;
  /** What that part is scaled to. */
  readonly scaled: Size;
  /** What the networks get; larger than `scaled` where edges are repeated. */
  readonly size: Size;
  /** Where the scaled part lies in it, which is all that is given out. */
  readonly kept: Rectangle;
  /** What the whole image would be scaled to, for people. */
  readonly wholeScaled: Size;
}

/** Sides that are a product must not lose a pixel to a rounding error. */
const HAIR = 1e-6;

export function planFit(source: Size, rule: FitRule): FitPlan {
  const { fit } = rule;
  const asked = askedSize(source, rule);
  const factor = asked === undefined ? withinArea(source, rule) : factorTo(source, asked, fit);
  const wholeScaled = {
    width: Math.max(1, Math.floor(source.width * factor + HAIR)),
    height: Math.max(1, Math.floor(source.height * factor + HAIR)),
  };
  const size = asked ?? found(wholeScaled, rule);
  if (fit === "pad") {
    const scaled = {
      width: Math.min(wholeScaled.width, size.width),
      height: Math.min(wholeScaled.height, size.height),
    };
    const kept = { left: half(size.width - scaled.width), top: half(size.height - scaled.height), ...scaled };
    return { part: { left: 0, top: 0, ...source }, scaled, size, kept, wholeScaled };
  }
  const part = fit === "stretch" ? { left: 0, top: 0, ...source } : middleOf(source, size, factor);
  return { part, scaled: size, size, kept: { left: 0, top: 0, ...size }, wholeScaled };
}

/** In words, what is done to an image. */
export function describeFit(source: Size, { part, scaled, size, wholeScaled }: FitPlan): string {
  const sides = ({ width, height }: Size): string => `${width} x ${height}`;
  const whole = sameSides(part, source);
  const steps = [
    ...(sameSides(source, whole ? scaled : wholeScaled) ? [] : [`scaled to ${sides(whole ? scaled : wholeScaled)}`]),
    ...(whole ? [] : [`cropped to ${sides(size)}`]),
    ...(sameSides(scaled, size) ? [] : [`padded to ${sides(size)} while it is worked on`]),
  ];
  return `the image of ${sides(source)} is ${steps.join(" and ")}`;
}

/** A side that is not asked for follows from the proportions. */
function askedSize(source: Size, { width, height, multiple }: FitRule): Size | undefined {
  const near = (length: number): number => Math.max(multiple, Math.round(length / multiple) * multiple);
  return width === undefined && height === undefined
    ? undefined
    : {
        width: width ?? near(((height ?? 0) * source.width) / source.height),
        height: height ?? near(((width ?? 0) * source.height) / source.width),
      };
}

/** Down to the area; but no side becomes too short for the networks, unless it may be padded. */
function withinArea({ width, height }: Size, { fit, area, multiple }: FitRule): number {
  const factor = Math.min(1, Math.sqrt(area / (width * height)));
  return fit === "pad" ? factor : Math.max(factor, multiple / Math.min(width, height));
}

/** To cover the asked size, or to lie inside it. */
function factorTo(source: Size, asked: Size, fit: Fit): number {
  const factors = [asked.width / source.width, asked.height / source.height];
  return fit === "pad" ? Math.min(...factors) : Math.max(...factors);
}

/** Whole multiples; where one side had to grow, the other is cut to what the area leaves it. */
function found({ width, height }: Size, { fit, area, multiple }: FitRule): Size {
  const round = fit === "pad" ? Math.ceil : Math.floor;
  const longest = Math.floor(area / multiple / multiple) * multiple;
  const side = (length: number): number => Math.max(multiple, Math.min(round(length / multiple) * multiple, longest));
  return { width: side(width), height: side(height) };
}

/** The part around the middle that becomes `size` when it is scaled. */
function middleOf(source: Size, size: Size, factor: number): Rectangle {
  const width = Math.max(1, Math.min(source.width, Math.round(size.width / factor)));
  const height = Math.max(1, Math.min(source.height, Math.round(size.height / factor)));
  return { left: half(source.width - width), top: half(source.height - height), width, height };
}

function half(length: number): number {
  return Math.floor(length / 2);
}
