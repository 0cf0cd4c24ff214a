/** Everything that is kept in a data folder. */
import { join } from "node:path";
import { FileLock } from "../../files/shared/file-lock.js";
import { type Database, openDatabase, StoreError } from "./database.js";
import { EventsTable } from "./events-table.js";
import { JobsTable } from "./jobs-table.js";
import { Pictures } from "./pictures.js";

const LOCK_NAME = "server.lock";
const PICTURES_FOLDER = "pictures";

export class Store {
  readonly events: EventsTable;
  readonly pictures: Pictures;
  readonly jobs: JobsTable;

  private constructor(
    readonly folder: string,
    readonly database: Database,
    private readonly lock: FileLock,
  ) {
    this.events = new EventsTable(database);
    this.pictures = new Pictures(database, join(folder, PICTURES_FOLDER));
    this.jobs = new JobsTable(database, (job) => this.pictures.ofJob(job));
  }

  /**
   * Opens the data folder for the one program that runs its jobs, and clears away what a killed one left. Throws `StoreError`, also
   * where another program has the folder.
   */
  static async open(folder: string): Promise<Store> {
    const database = await openDatabase(folder);
    const lock = await FileLock.tryAcquire(join(folder, LOCK_NAME));
    if (lock === undefined) {
      database.close();
      throw new StoreError(
        `the data folder ${JSON.stringify(folder)} is in use by another server, expected one server for each folder`,
      );
    }
    const store = new Store(folder, database, lock);
    await store.pictures.removeStrays();
    return store;
  }

  /** The same for as long as the folder is kept. */
  serverId(): string {
    return (this.database.prepare("SELECT id FROM server").get() as { readonly id: string }).id;
  }

  async close(): Promise<void> {
    this.database.close();
    await this.lock.release();
  }
}
