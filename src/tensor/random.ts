/**
 * Normal random numbers as `torch.Generator("cpu").manual_seed(seed)` gives them, so that a seed means the same picture here and
 * there. Reference: ATen/native/cpu/DistributionTemplates.h and ATen/core/DistributionsHelper.h of PyTorch.
 */
import { UsageError } from "../errors.js";
import { roundToHalf } from "./float16.js";
import { formatGeneratorState, parseGeneratorState } from "./generator-state.js";
import { Mt19937 } from "./mt19937.js";
import { float32Log, float32SinCos } from "./random-math.js";
import { shapeSize, type Shape } from "./shape.js";
import { concatRows, tensor, type Tensor } from "./tensor.js";

/** Types in which noise can be drawn. The values of the tensor are then those that exist in the type. */
export type NoiseDType = "float32" | "float16" | "bfloat16";

/** PyTorch transforms large draws in blocks of this many and small ones number by number. */
const BLOCK = 16;
const PAIRS = BLOCK / 2;
const TWO_PI = Math.fround(2 * Math.PI);
/** `torch.Generator.manual_seed` takes the union of the signed and the unsigned 64-bit integers. */
const SMALLEST_SEED = -(2n ** 63n);
const LARGEST_SEED = 2n ** 64n - 1n;

export class TorchGenerator {
  readonly #engine: Mt19937;
  #seed: bigint;
  #cached: number | undefined;

  constructor(seed: bigint | number) {
    if (typeof seed === "number" && !Number.isSafeInteger(seed)) {
      throw new UsageError(`Seed ${seed} is not a whole number that a double holds exactly, expected a bigint for it.`);
    }
    const whole = BigInt(seed);
    if (whole < SMALLEST_SEED || whole > LARGEST_SEED) {
      throw new UsageError(`Seed ${whole.toString()} is out of range, expected -2^63 to 2^64 - 1.`);
    }
    this.#seed = BigInt.asUintN(64, whole);
    // Only the low 32 bits count, in PyTorch too.
    this.#engine = new Mt19937(Number(BigInt.asUintN(32, whole)));
  }

  /** `torch.Generator.get_state()`: bytes from which this generator, or PyTorch's, goes on with the same numbers. */
  getState(): Uint8Array {
    return formatGeneratorState({ seed: this.#seed, ...this.#engine.state, cachedNormal: this.#cached });
  }

  /** `torch.Generator.set_state(state)`. Throws `UsageError` for bytes that are no state. */
  setState(state: Uint8Array): void {
    const { seed, words, taken, cachedNormal } = parseGeneratorState(state);
    this.#engine.restore({ words, taken });
    this.#seed = seed;
    this.#cached = cachedNormal;
  }

  /** `torch.randn(shape, generator=this, dtype=dtype)`. */
  randn(shape: Shape, dtype: NoiseDType = "float32"): Tensor {
    const count = shapeSize(shape);
    const values = count < BLOCK ? this.#fewNormals(count) : this.#manyNormals(count, dtype);
    return tensor(shape, dtype === "float32" ? values : roundToHalf(values, dtype));
  }

  #fewNormals(count: number): Float32Array {
    return Float32Array.from({ length: count }, () => this.#normal());
  }

  /** One number in double precision; its twin waits for the next small draw, however many large ones lie between. */
  #normal(): number {
    if (this.#cached !== undefined) {
      const value = this.#cached;
      this.#cached = undefined;
      return value;
    }
    const angle = 2 * Math.PI * this.#uniform53();
    const radius = Math.sqrt(-2 * Math.log1p(-this.#uniform53()));
    this.#cached = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  }

  #manyNormals(count: number, dtype: NoiseDType): Float32Array {
    const values = new Float32Array(count);
    const whole = count - (count % BLOCK);
    // Float32 fills the tail before it is thrown away; the 16-bit types never draw it.
    const drawn = dtype === "float32" ? count : whole;
    for (let i = 0; i < drawn; i++) {
      values[i] = this.#uniform24();
    }
    for (let start = 0; start < whole; start += BLOCK) {
      transformBlock(values.subarray(start, start + BLOCK));
    }
    if (whole < count) {
      const last = values.subarray(count - BLOCK);
      transformBlock(
        last.map(() => this.#uniform24()),
        last,
      );
    }
    return values;
  }

  #uniform24(): number {
    return (this.#engine.next() & 0xff_ffff) / 2 ** 24;
  }

  #uniform53(): number {
    const high = this.#engine.next() & 0x1f_ffff;
    return (high * 2 ** 32 + this.#engine.next()) / 2 ** 53;
  }
}

/** Box-Muller on 16 uniform numbers: the first eight become radii, the last eight angles. Rounded to float32 at every step. */
function transformBlock(uniforms: Float32Array, normals: Float32Array = uniforms): void {
  const { fround } = Math;
  for (let i = 0; i < PAIRS; i++) {
    const [forRadius = NaN, forAngle = NaN] = [uniforms[i], uniforms[i + PAIRS]];
    const radius = fround(Math.sqrt(-2 * float32Log(1 - forRadius)));
    const [sine, cosine] = float32SinCos(fround(TWO_PI * forAngle));
    normals[i] = radius * cosine;
    normals[i + PAIRS] = radius * sine;
  }
}

/**
 * Noise for a batch, as `randn_tensor` of diffusers draws it (utils/torch_utils.py): one generator draws the whole shape, several
 * draw one row each, so that a picture does not depend on its neighbours in the batch.
 */
export function drawNoise(generators: readonly TorchGenerator[], shape: Shape, dtype: NoiseDType = "float32"): Tensor {
  const [first] = generators;
  const [batch = 1, ...rest] = shape;
  if (first !== undefined && generators.length === 1) {
    return first.randn(shape, dtype);
  }
  if (generators.length !== batch) {
    throw new UsageError(`Got ${generators.length} seeds for a batch of ${batch}, expected 1 or ${batch}.`);
  }
  return concatRows(generators.map((generator) => generator.randn([1, ...rest], dtype)));
}
