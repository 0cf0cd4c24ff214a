/** The SQLite file of a data folder. Its journal is written ahead, so that what was committed survives a kill at any moment. */
import { join } from "node:path";
import type Libsql from "libsql";
import { KandinskyError, reasonOf } from "../../errors.js";
import { makeFolders } from "../../files/make-folders.js";
import { MIGRATIONS } from "./schema.js";

export type Database = Libsql.Database;

export const DATABASE_NAME = "kandinsky3.db";

/** Statements wait this long for another process, since they hold up the event loop; who can wait longer asks again. */
const BUSY_MILLISECONDS = 100;

/** The data folder cannot be read or written at the moment: it is locked by another process, full, or gone. */
export class StoreError extends KandinskyError {
  override readonly code = "store";
}

/** Opens the database in `folder`, which is made where it is missing, and brings it to today's form. Throws `StoreError`. */
export async function openDatabase(folder: string): Promise<Database> {
  const file = join(folder, DATABASE_NAME);
  try {
    await makeFolders(folder);
    // Loaded where it is used: nothing else of the program needs its native part.
    const { default: Constructor } = (await import("libsql")) as unknown as { default: typeof Libsql };
    const database = new Constructor(file);
    database.pragma("journal_mode = WAL");
    database.pragma("synchronous = NORMAL");
    database.pragma("foreign_keys = ON");
    database.pragma(`busy_timeout = ${BUSY_MILLISECONDS}`);
    migrate(database);
    return database;
  } catch (thrown) {
    throw new StoreError(`the data folder ${JSON.stringify(folder)} cannot be used: ${reasonOf(thrown)}`, {
      cause: thrown,
    });
  }
}

function migrate(database: Database): void {
  inTransaction(database, () => {
    const version = versionOf(database);
    if (version > MIGRATIONS.length) {
      throw new StoreError(
        `${DATABASE_NAME} is of a newer kandinsky3: it has version ${version}, this one knows ${MIGRATIONS.length}`,
      );
    }
    for (const sql of MIGRATIONS.slice(version)) {
      database.exec(sql);
    }
    database.pragma(`user_version = ${MIGRATIONS.length}`);
  });
}

function versionOf(database: Database): number {
  const [row] = database.pragma("user_version") as readonly { user_version: number }[];
  return row?.user_version ?? 0;
}

/**
 * Runs `work` in one transaction: all of it is kept, or nothing. Throws `StoreError` where the database cannot take it. The package's own
 * transactions hide why one failed when SQLite has ended it by itself, as it does on a full disk.
 */
export function inTransaction<Result>(database: Database, work: () => Result): Result {
  return storing(() => {
    database.exec("BEGIN IMMEDIATE");
    try {
      const result = work();
      database.exec("COMMIT");
      return result;
    } catch (thrown) {
      if (database.inTransaction) {
        database.exec("ROLLBACK");
      }
      throw thrown;
    }
  });
}

/** What the system or another process refuses, as opposed to a mistake in a statement. */
const OF_THE_SYSTEM = /^SQLITE_(BUSY|LOCKED|FULL|IOERR|READONLY|CANTOPEN|PERM|CORRUPT|NOTADB|PROTOCOL)/;

/** Turns what the system does to the database into a `StoreError`. */
export function storing<Result>(work: () => Result): Result {
  try {
    return work();
  } catch (thrown) {
    if (thrown instanceof Error && "code" in thrown && OF_THE_SYSTEM.test(String(thrown.code))) {
      throw new StoreError(`the data folder cannot be written at the moment: ${thrown.message}`, { cause: thrown });
    }
    throw thrown;
  }
}
