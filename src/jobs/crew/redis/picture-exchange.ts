/** How pictures travel between a server and its workers: through Redis, or through a folder that all of them see. */
import { randomUUID } from "node:crypto";
import { readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Redis } from "ioredis";
import { reasonOf } from "../../../errors.js";
import { makeFolders } from "../../../files/make-folders.js";
import { placeWhole } from "../../../files/shared/place-whole.js";
import { StoreError } from "../../store/database.js";
import { asking, pictureKey } from "./connection.js";

/** What nobody has fetched in so long is given up. */
const KEPT_SECONDS = 86_400;

/** A picture's place in the exchange. */
export type PictureRef = string;

const NAME = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** All of its methods throw `StoreError`. */
export interface PictureExchange {
  put(bytes: Uint8Array): Promise<PictureRef>;
  get(ref: PictureRef): Promise<Uint8Array>;
  /** Nothing happens where it is gone already. */
  drop(ref: PictureRef): Promise<void>;
}

export class RedisExchange implements PictureExchange {
  constructor(private readonly redis: Redis) {}

  put(bytes: Uint8Array): Promise<PictureRef> {
    return asking(async () => {
      const ref = randomUUID();
      await this.redis.set(pictureKey(ref), Buffer.from(bytes), "EX", KEPT_SECONDS);
      return ref;
    });
  }

  get(ref: PictureRef): Promise<Uint8Array> {
    return asking(async () => {
      const bytes = await this.redis.getBuffer(pictureKey(ref));
      if (bytes === null) {
        throw new StoreError("a picture is not in the queue any more");
      }
      return bytes;
    });
  }

  drop(ref: PictureRef): Promise<void> {
    return asking(async () => {
      await this.redis.del(pictureKey(ref));
    });
  }
}

export class FolderExchange implements PictureExchange {
  private constructor(private readonly folder: string) {}

  /** Makes the folder where it is missing, and removes what was given up. Throws `StoreError`. */
  static async open(folder: string): Promise<FolderExchange> {
    const exchange = new FolderExchange(folder);
    await exchange.#asking(async () => {
      await makeFolders(folder);
      const now = Date.now();
      for (const name of (await readdir(folder)).filter((one) => NAME.test(one))) {
        const { mtimeMs } = await stat(join(folder, name));
        if (now - mtimeMs > KEPT_SECONDS * 1000) {
          await rm(join(folder, name), { force: true });
        }
      }
    });
    return exchange;
  }

  put(bytes: Uint8Array): Promise<PictureRef> {
    return this.#asking(async () => {
      const ref = randomUUID();
      await placeWhole(join(this.folder, ref), (temporary) => writeFile(temporary, bytes));
      return ref;
    });
  }

  get(ref: PictureRef): Promise<Uint8Array> {
    return this.#asking(() => readFile(this.#fileOf(ref)));
  }

  drop(ref: PictureRef): Promise<void> {
    return this.#asking(() => rm(this.#fileOf(ref), { force: true }));
  }

  #fileOf(ref: PictureRef): string {
    if (!NAME.test(ref)) {
      throw new StoreError(`${JSON.stringify(ref)} is no picture of the shared folder`);
    }
    return join(this.folder, ref);
  }

  async #asking<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      return await work();
    } catch (thrown) {
      throw new StoreError(
        `the shared folder ${JSON.stringify(this.folder)} cannot be used, expected the same folder for the server and its workers: ${reasonOf(thrown)}`,
        { cause: thrown },
      );
    }
  }
}

/** `folder` is the one that the operator named, if any. */
export async function openExchange(redis: Redis, folder: string | undefined): Promise<PictureExchange> {
  return folder === undefined ? new RedisExchange(redis) : FolderExchange.open(folder);
}
