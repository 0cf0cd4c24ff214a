/** The tables of the data folder, as steps from an empty file to today's form. A step that has landed is never changed. */

/** Step n brings a database whose `user_version` is n to n + 1. */
export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE jobs (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    type TEXT NOT NULL,
    status TEXT NOT NULL,
    owner TEXT NOT NULL,
    fields TEXT NOT NULL,
    priority INTEGER NOT NULL,
    warmth TEXT NOT NULL,
    request_id TEXT NOT NULL,
    idempotency_key TEXT,
    request_hash TEXT NOT NULL,
    progress TEXT,
    created INTEGER NOT NULL,
    started INTEGER,
    completed INTEGER,
    settings TEXT,
    notes TEXT NOT NULL DEFAULT '[]',
    error TEXT,
    crashes INTEGER NOT NULL DEFAULT 0
  );
  CREATE INDEX jobs_by_status ON jobs (status, seq);
  CREATE INDEX jobs_by_owner ON jobs (owner, created);
  CREATE UNIQUE INDEX jobs_by_idempotency ON jobs (owner, idempotency_key) WHERE idempotency_key IS NOT NULL;

  CREATE TABLE events (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    job TEXT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    type TEXT NOT NULL,
    data TEXT NOT NULL,
    created INTEGER NOT NULL
  );
  CREATE INDEX events_by_job ON events (job, id);

  CREATE TABLE pictures (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    job TEXT REFERENCES jobs (id) ON DELETE CASCADE,
    owner TEXT NOT NULL,
    position INTEGER NOT NULL,
    seed TEXT,
    width INTEGER NOT NULL,
    height INTEGER NOT NULL,
    mime TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    prompt TEXT NOT NULL,
    search TEXT NOT NULL,
    starred INTEGER NOT NULL DEFAULT 0,
    created INTEGER NOT NULL
  );
  CREATE INDEX pictures_by_job ON pictures (job, position);
  CREATE INDEX pictures_by_owner ON pictures (owner, seq);

  CREATE TABLE keys (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    hash TEXT NOT NULL UNIQUE,
    admin INTEGER NOT NULL,
    limits TEXT NOT NULL,
    created INTEGER NOT NULL,
    revoked INTEGER
  );
  `,
  // Which server a folder belongs to, for those that share a queue.
  `
  CREATE TABLE server (id TEXT NOT NULL);
  INSERT INTO server VALUES (lower(hex(randomblob(16))));
  `,
];
