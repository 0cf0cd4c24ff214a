/**
 * Weights and inputs from a formula: 32-bit integer arithmetic over a name and an index, the same on every machine and in
 * scripts/make-doctor-references.py. Networks of such weights can be compared with the reference without storing them.
 */
import { shapeSize, type Shape } from "../tensor/shape.js";
import { tensor, type Tensor } from "../tensor/tensor.js";

/** Numbers in -1..1: FNV-1a of the name, then the final mix of MurmurHash3 over the index. */
function uniform(name: string, count: number): Float64Array {
  let seed = 2_166_136_261;
  for (const byte of new TextEncoder().encode(name)) {
    seed = Math.imul(seed ^ byte, 16_777_619);
  }
  return Float64Array.from({ length: count }, (_, index) => {
    let x = (Math.imul(index, 0x9e37_79b9) + seed) | 0;
    x ^= x >>> 16;
    x = Math.imul(x, 0x85eb_ca6b);
    x ^= x >>> 13;
    x = Math.imul(x, 0xc2b2_ae35);
    x ^= x >>> 16;
    return (x >>> 8) / 2 ** 23 - 1;
  });
}

/** A weight by its key: matrices keep the size of what passes through them, factors are near 1, biases near 0. */
export function formulaWeight(name: string, shape: Shape): Float32Array {
  const numbers = uniform(name, shapeSize(shape));
  if (shape.length < 2) {
    const centre = name.endsWith("weight") ? 1 : 0;
    return Float32Array.from(numbers, (number) => 0.1 * number + centre);
  }
  const scale = Math.sqrt(3 / shapeSize(shape.slice(1)));
  return Float32Array.from(numbers, (number) => scale * number);
}

/** An input by its name. */
export function formulaInput(name: string, shape: Shape): Tensor {
  return tensor(shape, Float32Array.from(uniform(`input/${name}`, shapeSize(shape))));
}
