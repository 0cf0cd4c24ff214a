// Structural similarity (Wang, Bovik, Sheikh and Simoncelli 2004) of pictures in 0..1: windows of 11x11 weighted by a Gaussian of
// deviation 1.5, the mean over all places and channels.
const SIDE = 11;
const DEVIATION = 1.5;
const [C1, C2] = [0.01 ** 2, 0.03 ** 2];

const half = (SIDE - 1) / 2;
const bell = Array.from({ length: SIDE }, (_, index) => Math.exp(-((index - half) ** 2) / (2 * DEVIATION ** 2)));
const total = bell.reduce((sum, value) => sum + value, 0);
const WINDOW = bell.map((value) => value / total);

/** Weighted means of every whole window of a plane. */
function blur(plane, height, width) {
  const [outHeight, outWidth] = [height - SIDE + 1, width - SIDE + 1];
  const across = new Float64Array(height * outWidth);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < outWidth; x++) {
      across[y * outWidth + x] = WINDOW.reduce((sum, weight, k) => sum + weight * plane[y * width + x + k], 0);
    }
  }
  const both = new Float64Array(outHeight * outWidth);
  for (let y = 0; y < outHeight; y++) {
    for (let x = 0; x < outWidth; x++) {
      both[y * outWidth + x] = WINDOW.reduce((sum, weight, k) => sum + weight * across[(y + k) * outWidth + x], 0);
    }
  }
  return both;
}

/** Of two pictures `[1, H, W, 3]`. */
export function meanSsim({ shape: [, height, width, channels], data }, { data: otherData }) {
  let sum = 0;
  let count = 0;
  for (let channel = 0; channel < channels; channel++) {
    const plane = (source) =>
      Float64Array.from({ length: height * width }, (_, pixel) => source[pixel * channels + channel]);
    const [a, b] = [plane(data), plane(otherData)];
    const smooth = (combine) =>
      blur(
        a.map((value, index) => combine(value, b[index])),
        height,
        width,
      );
    const [meanA, meanB] = [smooth((x) => x), smooth((_, y) => y)];
    const [squareA, squareB, product] = [smooth((x) => x * x), smooth((_, y) => y * y), smooth((x, y) => x * y)];
    for (let place = 0; place < meanA.length; place++) {
      const [ma, mb] = [meanA[place], meanB[place]];
      const [va, vb] = [squareA[place] - ma * ma, squareB[place] - mb * mb];
      const covariance = product[place] - ma * mb;
      sum += ((2 * ma * mb + C1) * (2 * covariance + C2)) / ((ma * ma + mb * mb + C1) * (va + vb + C2));
      count++;
    }
  }
  return sum / count;
}
