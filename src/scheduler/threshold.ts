/**
 * Dynamic thresholding: a sample whose extreme values leave [-1, 1] is clipped at a quantile and scaled back.
 * Reference: Saharia et al., "Photorealistic Text-to-Image Diffusion Models", section 2.3; `_threshold_sample` in diffusers'
 * schedulers/scheduling_ddpm.py; `torch.quantile` with linear interpolation.
 */
import { concatRows, row, rowCount, type Tensor } from "../tensor/tensor.js";
import { at, clamp, map } from "./elementwise.js";

const { fround } = Math;

/** Thresholds each sample of the batch on its own. The limit lies between 1 and `largest`, or is `largest` if that is less. */
export function dynamicThreshold(batch: Tensor, ratio: number, largest: number): Tensor {
  const rows = Array.from({ length: rowCount(batch) }, (_, index) => {
    const sample = row(batch, index);
    const limit = fround(clamp(quantile(sample.data.map(Math.abs), ratio), 1, largest));
    return map(sample, (value) => clamp(value, -limit, limit) / limit);
  });
  return rows.length === 0 ? batch : concatRows(rows);
}

/** The quantile of `values`, which are left sorted; NaN if there is one among them. */
function quantile(values: Float32Array, ratio: number): number {
  values.sort(); // numerically, NaN last
  const last = values.length - 1;
  if (Number.isNaN(at(values, last))) {
    return NaN;
  }
  const rank = fround(fround(ratio) * last);
  const below = Math.floor(rank);
  const [low, high] = [at(values, below), at(values, Math.ceil(rank))];
  // torch.lerp starts from the nearer end.
  const weight = fround(rank - below);
  const range = fround(high - low);
  return weight < 0.5 ? fround(low + fround(weight * range)) : fround(high - fround(range * fround(1 - weight)));
}
