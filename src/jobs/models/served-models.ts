/**
 * The models that jobs may name. A client's name is looked up here and nowhere else: it is never taken for a path, since a folder of
 * the server is not the client's to open.
 */
import { basename, resolve } from "node:path";
import { KandinskyError } from "../../errors.js";
import { type CachedModel, cachedModels, holdsKandinsky } from "../../hub/cache/cached-models.js";
import { hubEnvironment } from "../../hub/environment.js";
import { BUNDLED_MODEL } from "../../loading/bundled-model.js";
import { addressOf, BUNDLED_NAME } from "../../loading/resolve-model.js";
import { quoted } from "../../text/quote.js";

/** A model that a job may name. */
export interface ServedModel {
  /** What a job names it by. */
  readonly id: string;
  readonly source: "bundled" | "folder" | "cache";
  /** Of its files in the cache; `undefined` for a folder. */
  readonly bytes: number | undefined;
}

/** The name is no served model's. */
export class UnknownModelError extends KandinskyError {
  override readonly code = "unknown_model";
}

/** Names that clients of other services have hard-wired; they mean the default model. */
const FOREIGN_NAMES = /^(?:dall-e-\d|gpt-image-[\w.-]+|chatgpt-image-[\w.-]+|kandinsky3|default)$/;

export class ServedModels {
  readonly #folders: ReadonlyMap<string, string>;

  /** @param named models that the operator names: the first is the default; folders go by their last part */
  constructor(private readonly named: readonly string[] = []) {
    const folders = named.filter((name) => name !== BUNDLED_NAME && addressOf(name) === undefined);
    this.#folders = new Map(folders.map((folder) => [basename(resolve(folder)), resolve(folder)]));
  }

  /** The model of jobs that name none. */
  get defaultId(): string {
    const [first] = this.named;
    return first === undefined ? BUNDLED_NAME : this.#idOf(first);
  }

  /** What is there now: the bundled model, the operator's folders, and the models of the cache. */
  async list(): Promise<ServedModel[]> {
    const cached = (await cachedModels(hubEnvironment().cacheFolder)).filter(holdsKandinsky);
    return [
      { id: BUNDLED_NAME, source: "bundled", bytes: undefined },
      ...[...this.#folders.keys()].map((id) => ({ id, source: "folder" as const, bytes: undefined })),
      ...cached.map(({ repository, bytes }: CachedModel) => ({ id: repository, source: "cache" as const, bytes })),
    ];
  }

  /** The id that a client's name means. Throws `UnknownModelError`. */
  async find(name: string | undefined): Promise<string> {
    if (name === undefined || name === "" || FOREIGN_NAMES.test(name)) {
      return this.defaultId;
    }
    const id = this.#idOf(name);
    const models = await this.list();
    if (!models.some((model) => model.id === id.replace(/@.*$/, ""))) {
      throw new UnknownModelError(
        `the model ${quoted(name)} is not here, expected one of ${models.map((model) => model.id).join(", ")}`,
      );
    }
    return id;
  }

  /** What the library opens for an id: a folder, or the Hub's address, which cannot be taken for a folder. */
  locate(id: string): string {
    const folder = id === BUNDLED_NAME ? BUNDLED_MODEL : this.#folders.get(id);
    if (folder !== undefined) {
      return folder;
    }
    const [repository = id, revision] = id.split("@");
    const page = revision === undefined ? "" : `/tree/${encodeURIComponent(revision)}`;
    return `https://huggingface.co/${repository}${page}`;
  }

  #idOf(name: string): string {
    if (name === BUNDLED_NAME || this.#folders.has(name)) {
      return name;
    }
    const address = addressOf(name);
    if (address === undefined) {
      return basename(resolve(name));
    }
    const { repository, revision } = address;
    return revision === undefined ? repository : `${repository}@${revision}`;
  }
}
