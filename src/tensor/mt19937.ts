/**
 * The Mersenne Twister MT19937: 32-bit words from a 32-bit seed. Reference: Matsumoto and Nishimura, mt19937ar.c
 * (`init_genrand`, `genrand_int32`), which PyTorch's CPU generator follows (ATen/core/MT19937RNGEngine.h).
 */
const LENGTH = 624;
const OFFSET = 397;
const MATRIX = 0x9908_b0df;

export class Mt19937 {
  readonly #state = new Uint32Array(LENGTH);
  #used = LENGTH;
  /** Whether any word was made of the seed's yet. */
  #begun = false;

  constructor(seed: number) {
    let word = seed >>> 0;
    this.#state[0] = word;
    for (let i = 1; i < LENGTH; i++) {
      word = (Math.imul(1812433253, word ^ (word >>> 30)) + i) >>> 0;
      this.#state[i] = word;
    }
  }

  /** The words as they are now, and how many of them have been taken; `undefined` before the first. */
  get state(): { readonly words: Uint32Array; readonly taken: number | undefined } {
    return { words: this.#state.slice(), taken: this.#begun ? this.#used : undefined };
  }

  /** Goes on from a `state`. */
  restore({ words, taken }: Mt19937["state"]): void {
    this.#state.set(words);
    this.#used = taken ?? LENGTH;
    this.#begun = taken !== undefined;
  }

  /** The next word, 0 to 2^32 - 1. */
  next(): number {
    if (this.#used === LENGTH) {
      this.#renew();
    }
    let word = this.#word(this.#used++);
    word ^= word >>> 11;
    word ^= (word << 7) & 0x9d2c_5680;
    word ^= (word << 15) & 0xefc6_0000;
    word ^= word >>> 18;
    return word >>> 0;
  }

  #renew(): void {
    for (let i = 0; i < LENGTH; i++) {
      const joined = (this.#word(i) & 0x8000_0000) | (this.#word((i + 1) % LENGTH) & 0x7fff_ffff);
      this.#state[i] = this.#word((i + OFFSET) % LENGTH) ^ (joined >>> 1) ^ (joined & 1 ? MATRIX : 0);
    }
    this.#used = 0;
    this.#begun = true;
  }

  #word(index: number): number {
    return this.#state[index] as number; // every index above is below LENGTH
  }
}
