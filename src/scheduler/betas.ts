/**
 * Noise schedules: beta (the noise that step t adds) and alpha-bar (how much of the image is left after t steps).
 * Reference: `DDPMScheduler.__init__`, `betas_for_alpha_bar` and `rescale_zero_terminal_snr` in diffusers'
 * schedulers/scheduling_ddpm.py. Every operation is rounded to float32 where PyTorch rounds, for late steps divide by tiny numbers.
 */
import type { SchedulerConfig } from "./config.js";
import { at } from "./elementwise.js";

/** The schedules that are given by a formula of alpha-bar never add more noise than this in a step. */
const LARGEST_BETA = 0.999;
/** The sigmoid schedule uses the sigmoid between minus and plus this. */
const SIGMOID_REACH = 6;

const { fround } = Math;

/** Beta of every training timestep. */
export function makeBetas(config: SchedulerConfig): Float32Array {
  const betas = config.trained_betas === null ? scheduledBetas(config) : Float32Array.from(config.trained_betas);
  return config.rescale_betas_zero_snr ? rescaleToZeroSnr(betas) : betas;
}

/** Running product of `1 - beta`. PyTorch multiplies in double precision and rounds each entry. */
export function alphasCumprod(betas: Float32Array): Float32Array {
  let product = 1;
  return betas.map((beta) => (product *= fround(1 - beta)));
}

function scheduledBetas(config: SchedulerConfig): Float32Array {
  const { num_train_timesteps: count, beta_start: start, beta_end: end, beta_schedule: schedule } = config;
  switch (schedule) {
    case "linear":
      return linspace(start, end, count);
    case "scaled_linear":
      return linspace(Math.sqrt(start), Math.sqrt(end), count).map((root) => root * root);
    case "sigmoid":
      return linspace(-SIGMOID_REACH, SIGMOID_REACH, count).map(
        (x) => fround(fround(1 / fround(1 + fround(Math.exp(-x)))) * fround(end - start)) + fround(start),
      );
    case "squaredcos_cap_v2":
      return betasOf((t) => Math.cos((((t + 0.008) / 1.008) * Math.PI) / 2) ** 2, count);
    case "laplace":
      return betasOf(laplaceAlphaBar, count);
    default:
      return schedule satisfies never;
  }
}

/** Betas of an alpha-bar that is given over time from 0 to 1, computed in double precision and stored as float32. */
function betasOf(alphaBar: (time: number) => number, count: number): Float32Array {
  return Float32Array.from({ length: count }, (_, i) =>
    Math.min(1 - alphaBar((i + 1) / count) / alphaBar(i / count), LARGEST_BETA),
  );
}

function laplaceAlphaBar(time: number): number {
  const side = time > 0.5 ? -1 : 1;
  const snr = Math.exp(-0.5 * side * Math.log(1 - 2 * Math.abs(0.5 - time) + 1e-6));
  return Math.sqrt(snr / (1 + snr));
}

/** `torch.linspace` in float32: the first half counts up from `start`, the second down from `end`. */
function linspace(start: number, end: number, count: number): Float32Array {
  const [first, last] = [fround(start), fround(end)];
  const step = fround(fround(last - first) / (count - 1));
  const halfway = Math.floor(count / 2);
  return count === 1
    ? Float32Array.of(first)
    : Float32Array.from({ length: count }, (_, i) =>
        i < halfway ? first + fround(step * i) : last - fround(step * (count - i - 1)),
      );
}

/** Shifts and scales the square roots of alpha-bar so that nothing of the image is left at the last timestep. */
function rescaleToZeroSnr(betas: Float32Array): Float32Array {
  const roots = alphasCumprod(betas).map(Math.sqrt);
  const [first, last] = [at(roots, 0), at(roots, roots.length - 1)];
  const scale = fround(first / fround(first - last));
  const alphaBars = roots.map((root) => fround(fround(root - last) * scale) ** 2);
  let previous = 1; // the first alpha is the first alpha-bar itself
  return alphaBars.map((alphaBar) => {
    const alpha = fround(alphaBar / previous);
    previous = alphaBar;
    return 1 - alpha;
  });
}
