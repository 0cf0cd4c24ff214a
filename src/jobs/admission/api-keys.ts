/** API keys: shown once, kept as hashes, each with limits of its own. */
import { createHash, randomBytes, randomUUID, timingSafeEqual } from "node:crypto";
import { z } from "zod";
import { UsageError } from "../../errors.js";
import { type Database, storing } from "../store/database.js";

/** What the jobs of one key may ask for; what is left out has no limit. */
export const keyLimitsSchema = z.object({
  imagesPerDay: z.int().positive().optional(),
  jobsAtATime: z.int().positive().optional(),
  /** Width times height. */
  maxPixels: z.int().positive().optional(),
  maxSteps: z.int().positive().optional(),
});
export type KeyLimits = z.output<typeof keyLimitsSchema>;

export interface ApiKey {
  readonly id: string;
  readonly name: string;
  /** Whether it may look after models, keys and the jobs of others. */
  readonly admin: boolean;
  readonly limits: KeyLimits;
  /** Milliseconds since 1970. */
  readonly created: number;
  readonly revoked: number | undefined;
}

interface KeyRow {
  readonly id: string;
  readonly name: string;
  readonly hash: string;
  readonly admin: number;
  readonly limits: string;
  readonly created: number;
  readonly revoked: number | null;
}

/** Tells a key from other secrets wherever it turns up. */
const PREFIX = "k3_";
/** As many as cannot be guessed, so that a plain hash of them is enough. */
const RANDOM_BYTES = 32;

export class ApiKeys {
  constructor(private readonly database: Database) {}

  /** Makes a key; its text is known to nobody afterwards. Throws `UsageError` where the name is taken. */
  create(
    name: string,
    { admin, limits }: Pick<ApiKey, "admin" | "limits">,
  ): { readonly key: string; readonly id: string } {
    if (this.list().some((known) => known.name === name)) {
      throw new UsageError(`there is a key ${JSON.stringify(name)} already, expected another name`);
    }
    const key = `${PREFIX}${randomBytes(RANDOM_BYTES).toString("base64url")}`;
    const id = `key_${randomUUID()}`;
    storing(() =>
      this.database
        .prepare("INSERT INTO keys (id, name, hash, admin, limits, created) VALUES (?, ?, ?, ?, ?, ?)")
        .run(id, name, hashOf(key), admin ? 1 : 0, JSON.stringify(limits), Date.now()),
    );
    return { key, id };
  }

  /** All that were ever made, the oldest first. */
  list(): ApiKey[] {
    const rows = storing(() => this.database.prepare("SELECT * FROM keys ORDER BY created, name").all() as KeyRow[]);
    return rows.map(keyOf);
  }

  /** Whether requests need a key: as soon as one was made, also when all are revoked. */
  areNeeded(): boolean {
    return this.list().length > 0;
  }

  get(id: string): ApiKey | undefined {
    return this.list().find((key) => key.id === id);
  }

  /** The key that a client sent; `undefined` for one that is not known, or revoked. Compared in a time that says nothing. */
  find(key: string): ApiKey | undefined {
    const hash = Buffer.from(hashOf(key), "hex");
    const rows = storing(() => this.database.prepare("SELECT * FROM keys WHERE revoked IS NULL").all() as KeyRow[]);
    const [found] = rows.filter((row) => timingSafeEqual(Buffer.from(row.hash, "hex"), hash));
    return found === undefined ? undefined : keyOf(found);
  }

  /** By name or id. Throws `UsageError` where there is none that could be revoked. */
  revoke(nameOrId: string): ApiKey {
    const key = this.list().find(
      ({ id, name, revoked }) => revoked === undefined && (id === nameOrId || name === nameOrId),
    );
    if (key === undefined) {
      throw new UsageError(`there is no key ${JSON.stringify(nameOrId)} that is not revoked`);
    }
    storing(() => this.database.prepare("UPDATE keys SET revoked = ? WHERE id = ?").run(Date.now(), key.id));
    return key;
  }
}

function hashOf(key: string): string {
  return createHash("sha256").update(key).digest("hex");
}

function keyOf({ id, name, admin, limits, created, revoked }: KeyRow): ApiKey {
  return {
    id,
    name,
    admin: admin === 1,
    limits: keyLimitsSchema.parse(JSON.parse(limits)),
    created,
    revoked: revoked ?? undefined,
  };
}
