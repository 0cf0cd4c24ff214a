/**
 * 8-bit RGB pictures and their conversion from and to float tensors, with the rounding of the reference pipelines
 * (diffusers/image_processor.py: numpy_to_pil on the way out; kandinsky3 prepare_image on the way in).
 */
import { ImageError, InternalError } from "../errors.js";
import { formatShape, sameShape, type Shape } from "../tensor/shape.js";
import { tensor, type Tensor } from "../tensor/tensor.js";

const CHANNELS = 3;

/** An RGB picture, rows from the top, `RGBRGB…`. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly channels: 3;
  readonly data: Uint8Array;
}

/** Where the channels of a tensor of pictures are: `[N, H, W, 3]` or `[N, 3, H, W]`. */
export type ChannelLayout = "channels-last" | "channels-first";

/** Wraps RGB bytes. Throws `InternalError` when their number does not fit the size. */
export function pixelsOf(width: number, height: number, data: Uint8Array): Pixels {
  if (data.length !== width * height * CHANNELS) {
    throw new InternalError(`${data.length} bytes for an RGB picture of ${width}x${height}`);
  }
  return { width, height, channels: CHANNELS, data };
}

/**
 * The pictures of a tensor of values in 0..1; values outside are clamped. A NaN is an error and not a black dot: it means
 * that the network's arithmetic overflowed.
 */
export function pixelsFromTensor(images: Tensor, layout: ChannelLayout = "channels-last"): Pixels[] {
  const { count, height, width } = sizesOf(images.shape, layout);
  const plane = height * width;
  const [channelStride, pixelStride] = layout === "channels-last" ? [1, CHANNELS] : [plane, 1];
  return Array.from({ length: count }, (_, index) => {
    const start = index * plane * CHANNELS;
    const data = new Uint8Array(plane * CHANNELS);
    for (let pixel = 0; pixel < plane; pixel++) {
      for (let channel = 0; channel < CHANNELS; channel++) {
        const value = images.data[start + pixel * pixelStride + channel * channelStride] ?? NaN;
        if (Number.isNaN(value)) {
          const [x, y] = [pixel % width, Math.floor(pixel / width)];
          throw new ImageError(`image ${index} is not a number at x ${x}, y ${y}, channel ${channel}, expected 0 to 1`);
        }
        data[pixel * CHANNELS + channel] = toByte(value);
      }
    }
    return pixelsOf(width, height, data);
  });
}

/** The pictures' values `byte / 255`, `[N, H, W, 3]`. All must have one size. */
export function tensorFromPixels(pictures: readonly Pixels[]): Tensor {
  const [first] = pictures;
  if (first === undefined) {
    throw new InternalError("tensorFromPixels of nothing");
  }
  const length = first.width * first.height * CHANNELS;
  const result = tensor([pictures.length, first.height, first.width, CHANNELS]);
  for (const [index, picture] of pictures.entries()) {
    if (picture.width !== first.width || picture.height !== first.height) {
      throw new ImageError(
        `picture ${index} is ${picture.width}x${picture.height}, expected ${first.width}x${first.height} like the first`,
      );
    }
    for (let i = 0; i < length; i++) {
      result.data[index * length + i] = (picture.data[i] ?? 0) / 255;
    }
  }
  return result;
}

/** A picture as the MoVQ encoder takes it: `2 * (byte / 255) - 1` in float32, `[1, 3, H, W]`. */
export function networkInput({ width, height, data }: Pixels): Tensor {
  const plane = width * height;
  const result = tensor([1, CHANNELS, height, width]);
  for (let pixel = 0; pixel < plane; pixel++) {
    for (let channel = 0; channel < CHANNELS; channel++) {
      // The division is rounded to float32 before the rest, as the reference's float32 arrays do.
      const unit = Math.fround((data[pixel * CHANNELS + channel] ?? 0) / 255);
      result.data[channel * plane + pixel] = 2 * unit - 1;
    }
  }
  return result;
}

/** `round(255 * value)` with halves to even, as NumPy rounds; the product is float32 there, which decides some halves. */
function toByte(value: number): number {
  const scaled = Math.fround(Math.min(Math.max(value, 0), 1) * 255);
  const floor = Math.floor(scaled);
  const fraction = scaled - floor;
  const up = fraction > 0.5 || (fraction === 0.5 && floor % 2 === 1);
  return up ? floor + 1 : floor;
}

function sizesOf(shape: Shape, layout: ChannelLayout): { count: number; height: number; width: number } {
  const [count = 0, second = 0, third = 0, fourth = 0] = shape;
  const [height, width] = layout === "channels-last" ? [second, third] : [third, fourth];
  const expected = layout === "channels-last" ? [count, height, width, CHANNELS] : [count, CHANNELS, height, width];
  if (!sameShape(shape, expected)) {
    throw new InternalError(`pictures of shape ${formatShape(shape)}, expected ${formatShape(expected)}`);
  }
  return { count, height, width };
}
