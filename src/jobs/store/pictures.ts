/** Pictures that are kept: those that jobs made, and those that were uploaded for one. Files in the data folder, and a row for each. */
import { createHash, randomUUID } from "node:crypto";
import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { reasonOf } from "../../errors.js";
import { makeFolders } from "../../files/make-folders.js";
import { writeAtomically } from "../../files/shared/write-atomically.js";
import type { KeptPicture } from "../job.js";
import type { NewPicture, PictureFilter, StoredPicture, WrittenPicture } from "../picture.js";
import { type Database, StoreError, storing } from "./database.js";

interface PictureRow {
  readonly id: string;
  readonly job: string | null;
  readonly owner: string;
  readonly seed: string | null;
  readonly width: number;
  readonly height: number;
  readonly mime: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly prompt: string;
  readonly starred: number;
  readonly created: number;
}

/** What `randomUUID` gives behind a prefix; nothing else is ever a part of a path. */
const ID = /^img_[0-9a-f-]{36}$/;

export class Pictures {
  constructor(
    private readonly database: Database,
    private readonly folder: string,
  ) {}

  /** Writes the file. Throws `StoreError` where there is no room for it. */
  async write(picture: NewPicture): Promise<WrittenPicture> {
    const { bytes, owner, width, height, mime, seed, prompt = "" } = picture;
    const id = `img_${randomUUID()}`;
    try {
      await makeFolders(this.folder);
      await writeAtomically(this.#file(id), bytes);
    } catch (thrown) {
      throw new StoreError(`a picture cannot be kept: ${reasonOf(thrown)}`, { cause: thrown });
    }
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    const insert = (job: string | undefined, position: number, created: number): void => {
      storing(() =>
        this.database
          .prepare(
            `INSERT INTO pictures (id, job, owner, position, seed, width, height, mime, bytes, sha256, prompt, search, created)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
          )
          .run(
            id,
            job ?? null,
            owner,
            position,
            seed ?? null,
            width,
            height,
            mime,
            bytes.length,
            sha256,
            prompt,
            searchable(prompt),
            created,
          ),
      );
    };
    return { id, seed, width, height, mime, insert };
  }

  get(id: string): StoredPicture | undefined {
    const row = storing(
      () => this.database.prepare("SELECT * FROM pictures WHERE id = ?").get(id) as PictureRow | undefined,
    );
    return row === undefined ? undefined : picture(row);
  }

  /** Throws `StoreError` when the file is gone or another than was kept. */
  async read({ id, sha256 }: Pick<StoredPicture, "id" | "sha256">): Promise<Buffer> {
    let bytes: Buffer;
    try {
      bytes = await readFile(this.#file(id));
    } catch (thrown) {
      throw new StoreError(`the picture ${id} cannot be read: ${reasonOf(thrown)}`, { cause: thrown });
    }
    if (createHash("sha256").update(bytes).digest("hex") !== sha256) {
      throw new StoreError(`the picture ${id} is damaged: its file is not the one that was kept`);
    }
    return bytes;
  }

  ofJob(job: string): KeptPicture[] {
    const rows = storing(
      () => this.database.prepare("SELECT * FROM pictures WHERE job = ? ORDER BY position").all(job) as PictureRow[],
    );
    return rows.map((row) => {
      const { id, seed, width, height, mime } = picture(row);
      return { id, seed, width, height, mime };
    });
  }

  /** Those that jobs have made, the newest first. */
  list({ query, starred, owner, limit, after }: PictureFilter): {
    readonly pictures: readonly StoredPicture[];
    readonly hasMore: boolean;
  } {
    const conditions: (readonly [string, string | number])[] = [
      ...(starred === undefined ? [] : [["starred = ?", starred ? 1 : 0] as const]),
      ...(owner === undefined ? [] : [["owner = ?", owner] as const]),
      ...(after === undefined ? [] : [["seq < (SELECT seq FROM pictures WHERE id = ?)", after] as const]),
      ...(query ?? "")
        .split(/\s+/)
        .filter((word) => word !== "")
        .map((word) => ["instr(search, ?) > 0", searchable(word)] as const),
    ];
    const where = ["job IS NOT NULL", ...conditions.map(([sql]) => sql)].join(" AND ");
    const values = conditions.map(([, value]) => value);
    const sql = `SELECT * FROM pictures WHERE ${where} ORDER BY seq DESC LIMIT ?`;
    const rows = storing(() => this.database.prepare(sql).all(...values, limit + 1) as PictureRow[]);
    return { pictures: rows.slice(0, limit).map(picture), hasMore: rows.length > limit };
  }

  star(id: string, starred: boolean): void {
    storing(() => this.database.prepare("UPDATE pictures SET starred = ? WHERE id = ?").run(starred ? 1 : 0, id));
  }

  async remove(id: string): Promise<void> {
    storing(() => this.database.prepare("DELETE FROM pictures WHERE id = ?").run(id));
    await this.removeFile(id);
  }

  /** How many pictures jobs of an owner have made since then. */
  countSince(owner: string, since: number): number {
    const row = storing(
      () =>
        this.database
          .prepare("SELECT count(*) AS count FROM pictures WHERE owner = ? AND created >= ? AND job IS NOT NULL")
          .get(owner, since) as { count: number },
    );
    return row.count;
  }

  /** When the oldest of them was made; `undefined` when there is none. */
  oldestSince(owner: string, since: number): number | undefined {
    const row = storing(
      () =>
        this.database
          .prepare("SELECT min(created) AS oldest FROM pictures WHERE owner = ? AND created >= ? AND job IS NOT NULL")
          .get(owner, since) as { oldest: number | null },
    );
    return row.oldest ?? undefined;
  }

  /** Uploads that no job has asked for and that are older than `before`. */
  async removeUploads(before: number): Promise<void> {
    const rows = storing(
      () =>
        this.database.prepare("SELECT id FROM pictures WHERE job IS NULL AND created < ?").all(before) as {
          id: string;
        }[],
    );
    for (const { id } of rows) {
      await this.remove(id);
    }
  }

  /** Removes the file alone, for a row that is gone. */
  async removeFile(id: string): Promise<void> {
    await rm(this.#file(id), { force: true });
  }

  /** Removes files that no row knows, as a kill between file and row leaves them. For the start, when nothing is being written. */
  async removeStrays(): Promise<void> {
    const names = await readdir(this.folder).catch(() => []);
    for (const name of names) {
      if (!ID.test(name) || this.get(name) === undefined) {
        await rm(join(this.folder, name), { force: true });
      }
    }
  }

  #file(id: string): string {
    if (!ID.test(id)) {
      throw new StoreError(`${JSON.stringify(id)} is no picture's id`);
    }
    return join(this.folder, id);
  }
}

function picture({ job, seed, starred, ...row }: PictureRow): StoredPicture {
  const { id, owner, width, height, mime, bytes, sha256, prompt, created } = row;
  return {
    id,
    job: job ?? undefined,
    owner,
    seed: seed ?? undefined,
    width,
    height,
    mime,
    bytes,
    sha256,
    prompt,
    starred: starred === 1,
    created,
  };
}

/** What is searched in: SQLite itself knows the case of Latin letters alone. */
function searchable(text: string): string {
  return text.normalize("NFKC").toLowerCase();
}
