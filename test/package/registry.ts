/**
 * A registry on loopback that has the packages of some tarballs, as a release publishes them, and sends whoever asks for others on
 * to the registry that npm is set to.
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { createReadStream, readdirSync, readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { list } from "tar";
import { z } from "zod";

const manifestSchema = z.looseObject({ name: z.string(), version: z.string() });

interface Published {
  readonly file: string;
  readonly manifest: z.infer<typeof manifestSchema>;
  readonly integrity: string;
}

export class Registry {
  /** Paths that were asked for, as they came. */
  readonly asked: string[] = [];
  readonly #packages: ReadonlyMap<string, Published>;
  readonly #upstream: string;
  readonly #server = createServer((request, response) => {
    this.#answer(request, response);
  });

  private constructor(packages: readonly Published[], upstream: string) {
    this.#packages = new Map(packages.map((published) => [published.manifest.name, published]));
    this.#upstream = upstream;
  }

  static async start(folder: string): Promise<Registry> {
    const files = readdirSync(folder).filter((name) => name.endsWith(".tgz"));
    const packages = await Promise.all(files.map((name) => readTarball(join(folder, name))));
    const upstream = execFileSync("npm", ["config", "get", "registry"], { encoding: "utf8" }).trim();
    const registry = new Registry(packages, upstream);
    await new Promise<void>((done) => registry.#server.listen(0, "127.0.0.1", done));
    return registry;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`;
  }

  /** Where packages come from that are not of these tarballs. */
  get upstream(): string {
    return this.#upstream;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((done) => this.#server.close(done));
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const path = decodeURIComponent(new URL(request.url ?? "/", this.url).pathname).slice(1);
    this.asked.push(path);
    const [name, tarball] = path.split("/-/");
    const published = this.#packages.get(name ?? "");
    // Ports are given again, and another run has other tarballs.
    response.setHeader("cache-control", "no-store");
    if (published === undefined) {
      response.writeHead(307, { location: new URL(request.url?.slice(1) ?? "", this.#upstream).href }).end();
    } else if (tarball === undefined) {
      response.setHeader("content-type", "application/json").end(JSON.stringify(this.#document(published)));
    } else {
      createReadStream(published.file).pipe(response);
    }
  }

  #document({ manifest, integrity }: Published): object {
    const { name, version } = manifest;
    const dist = { tarball: `${this.url}${name}/-/${integrity.replaceAll(/\W/g, "").slice(0, 20)}.tgz`, integrity };
    return { name, "dist-tags": { latest: version }, versions: { [version]: { ...manifest, dist } } };
  }
}

async function readTarball(file: string): Promise<Published> {
  const text: Buffer[] = [];
  await list({
    file,
    filter: (path) => path === "package/package.json",
    onReadEntry: (entry) => entry.on("data", (piece: Buffer) => text.push(piece)),
  });
  const manifest = manifestSchema.parse(JSON.parse(Buffer.concat(text).toString("utf8")));
  return { file, manifest, integrity: `sha512-${createHash("sha512").update(readFileSync(file)).digest("base64")}` };
}
