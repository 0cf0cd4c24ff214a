/**
 * The DDPM scheduler where the fixtures have no arrays: other beta schedules, learned variance, zero terminal SNR. The expected
 * values are those of diffusers 0.42.1 (torch 2.13.0, x86), made for each `config` with
 *
 *     scheduler = DDPMScheduler(**config); scheduler.set_timesteps(4); n = scheduler.config.num_train_timesteps
 *     betas = scheduler.betas[[0, n // 2, n - 1]]; alphaBars = scheduler.alphas_cumprod[[0, n // 2, n - 1]]
 *     steps = [scheduler.step(MODEL_OUTPUT, t, SAMPLE).prev_sample for t in scheduler.timesteps]
 *     noised = scheduler.add_noise(SAMPLE, NOISE, scheduler.timesteps[1:2])
 *
 * where `randn_tensor` of scheduling_ddpm gives NOISE, and a learned variance is OUTPUT_VARIANCE in the channel after MODEL_OUTPUT.
 */
import { describe, expect, test } from "vitest";
import { ConfigError, UsageError } from "../../src/errors.js";
import { alphasCumprod, makeBetas } from "../../src/scheduler/betas.js";
import { parseSchedulerConfig } from "../../src/scheduler/config.js";
import { DdpmScheduler } from "../../src/scheduler/ddpm.js";
import { tensor, type Tensor } from "../../src/tensor/tensor.js";
import { expectClose } from "../support/closeness.js";

const SAMPLE = [0.5, -1.25, 2.0, -0.125];
const MODEL_OUTPUT = [0.25, -0.75, 1.5, 0.5];
const OUTPUT_VARIANCE = [0.5, 0.25, 0.125, 1.0];
const NOISE = [1.0, -0.5, 0.25, -2.0];

/** Float32 roundings, and last bits in which PyTorch's vectorised roots and sequences differ from CPU to CPU. */
const TOLERANCE = 5e-6;

const CASES = [
  {
    config: { beta_schedule: "linear" },
    betas: [0.0001, 0.01005996, 0.02],
    alphaBars: [0.9999, 0.07779665, 4.03583e-5],
    timesteps: [750, 500, 250, 0],
    steps: [
      [1.304536, -0.9768223, 0.8844281, -2.174353],
      [1.385505, -1.248987, 1.233208, -2.020185],
      [0.4629238, -1.00503, 1.002643, -0.6720397],
      [0.4975247, -1.0, 1.0, -0.1300069],
    ],
    noised: [1.099774, -0.8288077, 0.7979196, -1.955493],
  },
  {
    config: { beta_schedule: "scaled_linear", beta_start: 0.00085, beta_end: 0.012, clip_sample: false },
    betas: [0.00085, 0.004814954, 0.012],
    alphaBars: [0.99915, 0.2763325, 0.004660095],
    timesteps: [750, 500, 250, 0],
    steps: [
      [1.43585, -1.799074, 1.902949, -2.749923],
      [1.025718, -1.397633, 1.627764, -1.7679],
      [0.464426, -1.016021, 1.401328, -0.5576165],
      [0.4929208, -1.228656, 1.957099, -0.1396369],
    ],
    noised: [1.113523, -1.082435, 1.264018, -1.767082],
  },
  {
    config: { beta_schedule: "sigmoid", prediction_type: "v_prediction", clip_sample_range: 0.75 },
    betas: [0.0001492052, 0.01007988, 0.0199508],
    alphaBars: [0.9998508, 0.2988876, 3.968182e-5],
    timesteps: [750, 500, 250, 0],
    steps: [
      [0.7658488, -0.1838745, -0.0032361, -1.949618],
      [0.4024558, -0.3021918, 0.08829226, -1.060524],
      [0.4094912, -0.7568308, 0.7548732, -0.298848],
      [0.4969091, -0.75, 0.75, -0.1310979],
    ],
    noised: [1.110678, -1.102045, 1.302743, -1.742987],
  },
  {
    config: { beta_schedule: "laplace", prediction_type: "sample" },
    betas: [0.02115376, 0.0002500314, 0.8472526],
    alphaBars: [0.9788463, 0.7072834, 0.03162277],
    timesteps: [750, 500, 250, 0],
    steps: [
      [0.7168534, -1.274618, 1.847236, -0.535688],
      [0.6886523, -1.256546, 1.829357, -0.4762252],
      [0.4099939, -0.8594921, 1.114146, 0.1693873],
      [0.25, -0.75, 1.0, 0.5],
    ],
    noised: [0.9615335, -1.321768, 1.817261, -1.187191],
  },
  {
    config: {
      beta_schedule: "scaled_linear",
      prediction_type: "v_prediction",
      rescale_betas_zero_snr: true,
      timestep_spacing: "trailing",
      thresholding: true,
      sample_max_value: 1.5,
    },
    betas: [9.989738e-5, 0.006024361, 1.0],
    alphaBars: [0.9999001, 0.3178155, 0.0],
    timesteps: [999, 749, 499, 249],
    steps: [
      [0.9554862, -0.4046462, 0.07206434, -2.027928],
      [0.8298723, -0.4229049, 0.1034049, -1.863113],
      [0.5509459, -0.4843653, 0.3522823, -1.221269],
      [0.2972681, -0.6970555, 1.0, -0.2818336],
    ],
    noised: [1.071783, -0.7100086, 0.5944151, -1.991215],
  },
  {
    config: {
      trained_betas: [0.01, 0.02, 0.03, 0.04, 0.05, 0.06, 0.07, 0.08],
      num_train_timesteps: 8,
      timestep_spacing: "linspace",
      variance_type: "fixed_small_log",
    },
    betas: [0.01, 0.05, 0.08],
    alphaBars: [0.99, 0.8582777, 0.6902819],
    timesteps: [7, 5, 2, 0],
    steps: [
      [0.7705618, -1.290164, 1.647921, -0.8756738],
      [0.6609429, -1.173697, 1.333255, -0.7275233],
      [0.5522135, -1.087103, 1.188346, -0.4157398],
      [0.477393, -1.0, 1.0, -0.1758816],
    ],
    noised: [0.8886718, -1.342546, 1.906312, -0.9914098],
  },
  {
    config: { beta_schedule: "sigmoid", prediction_type: "sample", variance_type: "learned" },
    betas: [0.0001492052, 0.01007988, 0.0199508],
    alphaBars: [0.9998508, 0.2988876, 3.968182e-5],
    timesteps: [750, 500, 250, 0],
    steps: [
      [0.8903245, -0.7754761, 0.8212593, -1.742361],
      [0.9736285, -1.029623, 1.154475, -1.556698],
      [0.957471, -1.000728, 1.089845, -1.500912],
      [0.25, -0.75, 1.0, 0.5],
    ],
    noised: [1.110678, -1.102045, 1.302743, -1.742987],
  },
  {
    config: { beta_schedule: "squaredcos_cap_v2", variance_type: "learned_range" },
    betas: [4.128422e-5, 0.003155692, 0.999],
    alphaBars: [0.9999587, 0.492285, 2.428735e-9],
    timesteps: [750, 500, 250, 0],
    steps: [
      [1.360773, -1.361872, 1.407598, -2.304882],
      [1.020191, -1.305219, 1.344906, -1.841466],
      [0.5773565, -1.042049, 1.016482, -1.134326],
      [0.4984035, -1.0, 1.0, -0.1282161],
    ],
    noised: [1.063356, -1.233309, 1.581396, -1.512786],
  },
  {
    config: { beta_schedule: "linear", variance_type: "fixed_large", timestep_spacing: "trailing" },
    betas: [0.0001, 0.01005996, 0.02],
    alphaBars: [0.9999, 0.07779665, 4.03583e-5],
    timesteps: [999, 749, 499, 249],
    steps: [
      [1.105842, -0.6909032, 0.5244541, -2.058781],
      [1.343182, -0.997128, 0.8956864, -2.250047],
      [1.641467, -1.37887, 1.298381, -2.536831],
      [1.142299, -1.344933, 1.172466, -2.028866],
    ],
    noised: [1.027265, -0.5715166, 0.3653487, -2.003882],
  },
];

function square(values: readonly number[]): Tensor {
  return tensor([1, values.length / 4, 2, 2], Float32Array.from(values));
}

function list(values: ArrayLike<number>): Tensor {
  return tensor([values.length], Float32Array.from(values));
}

describe.each(CASES)("$config", ({ config, betas, alphaBars, timesteps, steps, noised }) => {
  const parsed = parseSchedulerConfig(config, "scheduler_config.json");
  const scheduler = new DdpmScheduler(parsed);
  const learned = parsed.variance_type.startsWith("learned");
  const modelOutput = square(learned ? [...MODEL_OUTPUT, ...OUTPUT_VARIANCE] : MODEL_OUTPUT);

  test("tables", () => {
    const all = makeBetas(parsed);
    const count = parsed.num_train_timesteps;
    const ends = (table: Float32Array): Tensor =>
      list([0, Math.floor(count / 2), count - 1].map((index) => table[index] ?? NaN));
    expectClose(ends(all), list(betas), TOLERANCE);
    expectClose(ends(alphasCumprod(all)), list(alphaBars), TOLERANCE);
  });

  test("steps", () => {
    expect([...scheduler.timesteps(4)]).toEqual(timesteps);
    timesteps.forEach((timestep, i) => {
      const noise = scheduler.needsNoise(timestep) ? square(NOISE) : undefined;
      const input = { modelOutput, timestep, previousTimestep: timesteps[i + 1], sample: square(SAMPLE), noise };
      expectClose(scheduler.step(input), square(steps[i] ?? []), TOLERANCE, `step ${i}`);
    });
  });

  test("noised", () => {
    expectClose(scheduler.addNoise(square(SAMPLE), square(NOISE), timesteps[1] ?? NaN), square(noised), TOLERANCE);
  });
});

test("learned variance is split off sample by sample", () => {
  const scheduler = new DdpmScheduler(parseSchedulerConfig({ variance_type: "learned_range" }, "file"));
  const run = (batch: number): Tensor =>
    scheduler.step({
      modelOutput: tensor(
        [batch, 2, 2, 2],
        Float32Array.from({ length: batch * 8 }, (_, i) => [...MODEL_OUTPUT, ...OUTPUT_VARIANCE][i % 8] ?? NaN),
      ),
      timestep: 500,
      previousTimestep: 250,
      sample: tensor(
        [batch, 1, 2, 2],
        Float32Array.from({ length: batch * 4 }, (_, i) => SAMPLE[i % 4] ?? NaN),
      ),
      noise: tensor([batch, 1, 2, 2]),
    });
  expect(run(2).data).toEqual(Float32Array.of(...run(1).data, ...run(1).data));
});

describe("refusals", () => {
  const step = (settings: object, output: readonly number[], timestep = 500): Tensor =>
    new DdpmScheduler(parseSchedulerConfig(settings, "file")).step({
      modelOutput: square(output),
      timestep,
      previousTimestep: undefined,
      sample: square(SAMPLE),
      noise: square(NOISE),
    });

  test("an output whose channels do not fit the variance type", () => {
    expect(() => step({ variance_type: "learned_range" }, MODEL_OUTPUT)).toThrow(ConfigError);
    expect(() => step({ variance_type: "learned" }, MODEL_OUTPUT)).toThrow(
      "has shape [1, 1, 2, 2], expected [1, 2, 2, 2] for variance_type learned",
    );
    expect(() => step({}, [...MODEL_OUTPUT, ...OUTPUT_VARIANCE])).toThrow(ConfigError);
  });

  test("a timestep beyond the schedule", () => {
    expect(() => step({ steps_offset: 1 }, MODEL_OUTPUT, 1000)).toThrow(UsageError);
  });

  test("an impossible number of steps", () => {
    const scheduler = new DdpmScheduler(parseSchedulerConfig({}, "file"));
    for (const steps of [0, -1, 1001, 2.5, NaN]) {
      expect(() => scheduler.timesteps(steps)).toThrow(UsageError);
    }
    expect(scheduler.timesteps(1000)).toHaveLength(1000);
  });

  test("trailing timesteps have no entry more than steps, where numpy.arange has", () => {
    const config = parseSchedulerConfig({ num_train_timesteps: 100, timestep_spacing: "trailing" }, "file");
    for (let steps = 1; steps <= 100; steps++) {
      const timesteps = new DdpmScheduler(config).timesteps(steps);
      expect(timesteps).toHaveLength(steps);
      expect(Math.min(...timesteps)).toBeGreaterThanOrEqual(0);
    }
  });
});
