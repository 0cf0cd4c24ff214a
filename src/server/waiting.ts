/** Who waits for a job: it is cancelled when the last of them has gone, not when the first has. */

export class Waiting {
  readonly #counts = new Map<string, number>();

  /** Counts one more. The returned function takes it back, once, and says how many are left. */
  enter(job: string): () => number {
    this.#counts.set(job, this.#of(job) + 1);
    let left = false;
    return () => {
      if (!left) {
        left = true;
        this.#counts.set(job, this.#of(job) - 1);
      }
      const count = this.#of(job);
      if (count === 0) {
        this.#counts.delete(job);
      }
      return count;
    };
  }

  #of(job: string): number {
    return this.#counts.get(job) ?? 0;
  }
}
