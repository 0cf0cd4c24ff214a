/**
 * A server that behaves like the Hub where a download can tell: listings in pages, redirects of large files to another origin,
 * ranges, etags, gates, and every fault that a test asks for. It logs what it was asked and how much it sent.
 */
import { createHash, randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

export interface LoggedRequest {
  readonly origin: "hub" | "storage";
  readonly path: string;
  readonly authorization: string | undefined;
  readonly range: { readonly first: number; readonly last: number } | undefined;
  /** Bytes of the body that were handed to the network. */
  sent: number;
}

/** What goes wrong with one answer that carries a file. */
export type Fault =
  | { readonly kind: "status"; readonly status: number; readonly headers?: Readonly<Record<string, string>> }
  /** The connection ends after so many bytes. */
  | { readonly kind: "truncate"; readonly after: number }
  /** The connection stays open and silent after so many bytes. */
  | { readonly kind: "stall"; readonly after: number }
  | { readonly kind: "wrong-bytes" }
  | { readonly kind: "no-ranges" }
  | { readonly kind: "shifted-range" }
  | { readonly kind: "too-long" };

export interface FakeRepository {
  readonly commit: string;
  readonly files: ReadonlyMap<string, Buffer>;
}

export interface Behaviour {
  /** Called for each request of a file's bytes; `attempt` counts from 1 for each path. */
  fault?: (path: string, attempt: number) => Fault | undefined;
  /** Called for each request of the API. */
  apiFault?: (path: string, attempt: number) => Extract<Fault, { kind: "status" }> | undefined;
  /** Only requests with this token are answered. */
  token?: string;
  /** Every file's bytes come at this rate, in small pieces. */
  bytesPerSecond?: number;
  /** Sizes that the listing gives instead of the true ones. */
  listedSizes?: ReadonlyMap<string, number>;
  /** Called after the listing has been sent. */
  afterListing?: () => void;
}

/** Files from here on are stored elsewhere and named by SHA-256. */
const LARGE_BYTES = 10_000;
const PAGE_ENTRIES = 3;
const PIECE_BYTES = 16 * 1024;

export class FakeHub {
  readonly log: LoggedRequest[] = [];
  readonly repositories = new Map<string, FakeRepository>();
  /** Earlier states of repositories, by commit. */
  readonly #commits = new Map<string, FakeRepository>();
  readonly #attempts = new Map<string, number>();
  behaviour: Behaviour = {};

  private constructor(
    private readonly hub: Server,
    private readonly storage: Server,
  ) {}

  static async start(): Promise<FakeHub> {
    const [hub, storage] = [createServer(), createServer()];
    const fake = new FakeHub(hub, storage);
    hub.on("request", (request, response) => void fake.#answerHub(request, response));
    storage.on("request", (request, response) => void fake.#answerStorage(request, response));
    await Promise.all([hub, storage].map((server) => new Promise<void>((done) => server.listen(0, "127.0.0.1", done))));
    return fake;
  }

  get endpoint(): string {
    return originOf(this.hub);
  }

  /** Publishes a state of a repository and returns its commit. */
  publish(
    name: string,
    files: Readonly<Record<string, Buffer | string>>,
    commit = randomBytes(20).toString("hex"),
  ): string {
    const buffers = Object.entries(files).map(([path, content]) => [path, Buffer.from(content)] as const);
    const repository = { commit, files: new Map(buffers) };
    this.repositories.set(name, repository);
    this.#commits.set(commit, repository);
    return commit;
  }

  /** Requests for the bytes of a file, as the storage or the Hub itself answered them. */
  downloads(path: string): LoggedRequest[] {
    return this.log.filter((entry) => entry.path === path && (entry.origin === "storage" || !this.#isLarge(path)));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const server of [this.hub, this.storage]) {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    }
  }

  #isLarge(path: string): boolean {
    return [...this.repositories.values()].some(({ files }) => (files.get(path)?.length ?? 0) >= LARGE_BYTES);
  }

  #attempt(key: string): number {
    const attempt = (this.#attempts.get(key) ?? 0) + 1;
    this.#attempts.set(key, attempt);
    return attempt;
  }

  async #answerHub(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "", this.endpoint);
    const entry = this.#note("hub", url.pathname, request);
    if (this.behaviour.token !== undefined && request.headers.authorization !== `Bearer ${this.behaviour.token}`) {
      const known = request.headers.authorization === undefined ? 401 : 403;
      response.writeHead(known, { "x-error-code": "GatedRepo", "x-error-message": "gated" }).end();
      return;
    }
    const api = /^\/api\/models\/([\w.-]+\/[\w.-]+)\/(revision|tree)\/(.+)$/.exec(url.pathname);
    if (api !== null) {
      const fault = this.behaviour.apiFault?.(url.pathname, this.#attempt(url.pathname));
      if (fault !== undefined) {
        response.writeHead(fault.status, fault.headers).end();
        return;
      }
      this.#answerApi(response, url, api[1] ?? "", api[2] ?? "", decodeURIComponent(api[3] ?? ""));
      return;
    }
    const file = /^\/([\w.-]+\/[\w.-]+)\/resolve\/([^/]+)\/(.+)$/.exec(url.pathname);
    const repository = this.#commits.get(file?.[2] ?? "") ?? this.repositories.get(file?.[1] ?? "");
    const path = decodeURIComponent(file?.[3] ?? "");
    const content = repository?.files.get(path);
    if (repository === undefined || content === undefined) {
      const code = repository === undefined ? "RepoNotFound" : "EntryNotFound";
      response.writeHead(404, { "x-error-code": code }).end();
      return;
    }
    Object.assign(entry, { path });
    response.setHeader("x-repo-commit", repository.commit);
    if (content.length >= LARGE_BYTES) {
      response.writeHead(302, {
        location: `${originOf(this.storage)}/${sha256(content)}?signature=secret&path=${encodeURIComponent(path)}`,
        "x-linked-etag": `"${sha256(content)}"`,
        "x-linked-size": String(content.length),
      });
      response.end();
      return;
    }
    response.setHeader("etag", `"${gitHash(content)}"`);
    await this.#send(response, entry, content);
  }

  #answerApi(response: ServerResponse, url: URL, name: string, kind: string, revision: string): void {
    const named = this.repositories.get(name);
    const repository = this.#commits.get(revision) ?? (revision === "main" ? named : undefined);
    if (named === undefined || repository === undefined) {
      response.writeHead(404, { "x-error-code": named === undefined ? "RepoNotFound" : "RevisionNotFound" }).end();
      return;
    }
    if (kind === "revision") {
      response.writeHead(200, { "content-type": "application/json" });
      response.end(JSON.stringify({ id: name, sha: repository.commit }));
      return;
    }
    const sizeOf = (path: string, content: Buffer): number => this.behaviour.listedSizes?.get(path) ?? content.length;
    const entries = [...repository.files].map(([path, content]) => ({
      type: "file",
      path,
      oid: gitHash(content.length >= LARGE_BYTES ? Buffer.from(`pointer to ${sha256(content)}`) : content),
      size: sizeOf(path, content),
      ...(content.length >= LARGE_BYTES
        ? { lfs: { oid: sha256(content), size: sizeOf(path, content), pointerSize: 134 } }
        : {}),
    }));
    const folders = new Set([...repository.files.keys()].flatMap((path) => path.split("/").slice(0, -1)));
    const all = [
      ...[...folders].map((path) => ({ type: "directory", path, oid: gitHash(Buffer.from(path)), size: 0 })),
      ...entries,
    ];
    const start = Number(url.searchParams.get("cursor") ?? 0);
    const next = start + PAGE_ENTRIES;
    if (next < all.length) {
      response.setHeader("link", `<${this.endpoint}${url.pathname}?recursive=true&cursor=${next}>; rel="next"`);
    }
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify(all.slice(start, next)));
    if (next >= all.length) {
      this.behaviour.afterListing?.();
    }
  }

  async #answerStorage(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "", this.endpoint);
    const path = url.searchParams.get("path") ?? "";
    const entry = this.#note("storage", path, request);
    const content = [...this.#commits.values()]
      .flatMap(({ files }) => [...files.values()])
      .find((candidate) => sha256(candidate) === url.pathname.slice(1));
    if (content === undefined || url.searchParams.get("signature") !== "secret") {
      response.writeHead(403).end();
      return;
    }
    response.setHeader("etag", `"${sha256(content)}"`);
    await this.#send(response, entry, content);
  }

  #note(origin: LoggedRequest["origin"], path: string, request: IncomingMessage): LoggedRequest {
    const match = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? "");
    const range = match === null ? undefined : { first: Number(match[1]), last: Number(match[2]) };
    const entry = { origin, path, authorization: request.headers.authorization, range, sent: 0 };
    this.log.push(entry);
    return entry;
  }

  async #send(response: ServerResponse, entry: LoggedRequest, content: Buffer): Promise<void> {
    const fault = this.behaviour.fault?.(entry.path, this.#attempt(entry.path));
    if (fault?.kind === "status") {
      response.writeHead(fault.status, fault.headers).end();
      return;
    }
    const ranged = entry.range !== undefined && fault?.kind !== "no-ranges";
    const first = ranged ? entry.range.first : 0;
    let body = content.subarray(first, ranged ? entry.range.last + 1 : content.length);
    if (fault?.kind === "wrong-bytes") {
      body = Buffer.from(body.map((byte) => byte ^ 1));
    }
    if (fault?.kind === "too-long") {
      body = Buffer.concat([body, Buffer.from("more")]);
    }
    const stated = first + (fault?.kind === "shifted-range" ? 1 : 0);
    if (ranged) {
      response.setHeader("content-range", `bytes ${stated}-${content.length - 1}/${content.length}`);
    }
    response.setHeader("content-length", body.length);
    response.writeHead(ranged ? 206 : 200);
    response.flushHeaders();
    const stop = fault?.kind === "truncate" || fault?.kind === "stall" ? fault.after : body.length;
    await this.#sendSlowly(response, entry, body.subarray(0, stop));
    if (fault?.kind === "truncate") {
      await sleep(20); // Else the end may overtake the bytes.
      response.destroy();
    } else if (fault?.kind !== "stall") {
      response.end();
    }
  }

  async #sendSlowly(response: ServerResponse, entry: LoggedRequest, body: Buffer): Promise<void> {
    const { bytesPerSecond } = this.behaviour;
    for (let start = 0; start < body.length && !response.destroyed; start += PIECE_BYTES) {
      const piece = body.subarray(start, start + PIECE_BYTES);
      await new Promise<void>((done) => {
        response.once("close", done);
        response.write(piece, () => {
          entry.sent += piece.length;
          response.off("close", done);
          done();
        });
      });
      if (bytesPerSecond !== undefined) {
        await sleep((1000 * piece.length) / bytesPerSecond);
      }
    }
  }
}

function originOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const known = new WeakMap<Buffer, string>();

export function sha256(content: Buffer): string {
  const digest = known.get(content) ?? createHash("sha256").update(content).digest("hex");
  known.set(content, digest);
  return digest;
}

export function gitHash(content: Buffer): string {
  return createHash("sha1").update(`blob ${content.length}\0`).update(content).digest("hex");
}

/** Bytes that look random and are the same in every run. */
export function madeUpBytes(length: number, seed: number): Buffer {
  const bytes = Buffer.alloc(length);
  let state = seed | 1;
  for (let index = 0; index < length; index++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    bytes[index] = state >>> 24;
  }
  return bytes;
}

export const TINY_NAME = "org/tiny";

/** Files of a diffusers model in name alone: small texts, and weights of these sizes in two variants. */
export function madeUpModel(weightBytes = 60_000): Record<string, Buffer | string> {
  const weights = (seed: number): Buffer => madeUpBytes(weightBytes + seed, seed);
  return {
    ".gitattributes": "*.safetensors filter=lfs",
    "README.md": "# A model",
    "model_index.json": JSON.stringify({ _class_name: "Kandinsky3Pipeline" }),
    "scheduler/scheduler_config.json": "{}",
    "tokenizer/spiece.model": weights(1),
    "tokenizer/tokenizer_config.json": "{}",
    "text_encoder/config.json": '{"d_model":1}',
    "text_encoder/model.safetensors.index.json": "{}",
    "text_encoder/model-00001-of-00002.safetensors": weights(2),
    "text_encoder/model-00002-of-00002.safetensors": weights(3),
    "text_encoder/model.fp16.safetensors": weights(4),
    "text_encoder/pytorch_model.bin": weights(5),
    "unet/config.json": '{"unet":1}',
    "unet/diffusion_pytorch_model.safetensors": weights(6),
    "unet/diffusion_pytorch_model.fp16.safetensors": weights(7),
    "movq/config.json": '{"movq":1}',
    "movq/diffusion_pytorch_model.safetensors": weights(8),
    "movq/diffusion_pytorch_model.fp16.safetensors": weights(9),
  };
}

/** The files of `madeUpModel` that the pipeline needs without a variant. */
export const PIPELINE_FILES = [
  "model_index.json",
  "movq/config.json",
  "movq/diffusion_pytorch_model.safetensors",
  "scheduler/scheduler_config.json",
  "text_encoder/config.json",
  "text_encoder/model-00001-of-00002.safetensors",
  "text_encoder/model-00002-of-00002.safetensors",
  "text_encoder/model.safetensors.index.json",
  "tokenizer/spiece.model",
  "tokenizer/tokenizer_config.json",
  "unet/config.json",
  "unet/diffusion_pytorch_model.safetensors",
];
