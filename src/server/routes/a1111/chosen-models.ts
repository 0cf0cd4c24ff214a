/** The model that a plug-in has chosen by `options`: as there it holds for all of its requests, until the server ends. */
export class ChosenModels {
  readonly #models = new Map<string, string>();

  of(owner: string): string | undefined {
    return this.#models.get(owner);
  }

  choose(owner: string, model: string): void {
    this.#models.set(owner, model);
  }
}
