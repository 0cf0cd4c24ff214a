/**
 * A large file of the cache: made once by one process while the others wait, whole or not at all, checked when it is opened, made
 * anew when it is damaged, and made in the temporary folder where the cache cannot be written.
 */
import { createReadStream } from "node:fs";
import { readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { crc32 } from "node:zlib";
import { z } from "zod";
import { AbortedError, KandinskyError, reasonOf } from "../../errors.js";
import { ageOf, codeOf } from "../disk.js";
import { FileLock } from "./file-lock.js";
import { makeFolders } from "../make-folders.js";
import { placeWhole } from "./place-whole.js";
import { systemFolder } from "./temporary-folder.js";

const READ_BYTES = 1 << 22;
/** The time of the last change is that of the file when it was found whole: as long as it has not changed, it need not be read. */
const sealSchema = z.object({ size: z.int(), crc32: z.int(), mtimeMs: z.number() });
/** What an attempt that was broken off leaves beside the file's own name. */
const BEGUN = [".unsealed", ".unsealed.partial"];
const LOCK = ".lock";
/** For this long the next run of the same model may still go on with it. */
const QUIET_MS = 24 * 3_600_000;

export interface KeepOptions {
  /** Writes the file under the name that it is given; may go on with what an earlier attempt left at `NAME.partial`. */
  readonly make: (file: string) => Promise<void>;
  readonly onNote: (message: string) => void;
  readonly signal?: AbortSignal | undefined;
}

/** Returns where the file lies. Throws what `make` throws where not even the temporary folder takes it. */
export async function keptFile(file: string, options: KeepOptions): Promise<string> {
  const { make, onNote, signal } = options;
  try {
    if ((await stateOf(file)) !== "whole") {
      await keep(file, options);
    }
    await removeAbandoned(file).catch(() => undefined); // Another run can do that, where it may.
    return file;
  } catch (thrown) {
    if (thrown instanceof AbortedError || signal?.aborted === true || !isOfDisk(thrown)) {
      throw thrown;
    }
    onNote(`${file} cannot be kept (${reasonOf(thrown)}); this run goes on with a copy in the temporary folder`);
    const elsewhere = join(await systemFolder("cache"), basename(file));
    await make(elsewhere);
    return elsewhere;
  }
}

async function keep(file: string, { make, onNote, signal }: KeepOptions): Promise<void> {
  await makeFolders(dirname(file));
  const lock = await FileLock.acquire(file + LOCK, signal, () => {
    onNote(`another process is making ${file}; waiting for it`);
  });
  try {
    const state = await stateOf(file); // Whoever had the lock before may have made it.
    if (state === "whole") {
      return;
    }
    if (state === "damaged") {
      onNote(`${file} is damaged and is made again`);
      await rm(file);
    }
    const unsealed = `${file}.unsealed`;
    await make(unsealed);
    await lock.confirm();
    // The seal comes first: a file without one counts as damaged, a seal without its file as nothing.
    await writeSeal(file, await measure(unsealed));
    await rename(unsealed, file);
  } catch (thrown) {
    if (isOfDisk(thrown)) {
      // A full disk is not left full.
      await Promise.allSettled(BEGUN.map((ending) => rm(`${file}${ending}`, { force: true })));
    }
    throw thrown;
  } finally {
    await lock.release().catch(() => undefined); // It ends with this process at the latest.
  }
}

async function stateOf(file: string): Promise<"missing" | "damaged" | "whole"> {
  try {
    const { size, mtimeMs } = await stat(file);
    const seal = sealSchema.safeParse(JSON.parse(await readFile(sealOf(file), "utf8"))).data;
    if (seal?.size !== size) {
      return "damaged";
    }
    if (seal.mtimeMs === mtimeMs) {
      return "whole";
    }
    const found = await measure(file);
    if (seal.crc32 !== found.crc32) {
      return "damaged";
    }
    // Copied, or only touched: it is known again by its new time, where that can be written down.
    await writeSeal(file, found).catch(() => undefined);
    return "whole";
  } catch (thrown) {
    if (thrown instanceof SyntaxError) {
      return "damaged";
    }
    if (codeOf(thrown) !== "ENOENT") {
      throw thrown;
    }
    return (await stat(file).catch(() => undefined)) === undefined ? "missing" : "damaged";
  }
}

async function writeSeal(file: string, seal: z.output<typeof sealSchema>): Promise<void> {
  await placeWhole(sealOf(file), (temporary) => writeFile(temporary, JSON.stringify(seal)));
}

/** What killed processes left of files that nobody has gone on with since. */
async function removeAbandoned(file: string): Promise<void> {
  const folder = dirname(file);
  for (const name of await readdir(folder)) {
    const ending = [...BEGUN, LOCK].find((one) => name.endsWith(one));
    if (ending !== undefined) {
      const place = join(folder, name);
      if (((await ageOf(place)) ?? 0) > QUIET_MS) {
        await removeUnlessHeld(place.slice(0, -ending.length));
      }
    }
  }
}

async function removeUnlessHeld(file: string): Promise<void> {
  const lock = await FileLock.tryAcquire(file + LOCK);
  try {
    if (lock !== undefined) {
      await Promise.all(BEGUN.map((ending) => rm(file + ending, { force: true })));
    }
  } finally {
    await lock?.release();
  }
}

async function measure(file: string): Promise<z.output<typeof sealSchema>> {
  const { mtimeMs } = await stat(file);
  let [size, sum] = [0, 0];
  for await (const chunk of createReadStream(file, { highWaterMark: READ_BYTES }) as AsyncIterable<Buffer>) {
    size += chunk.length;
    sum = crc32(chunk, sum);
  }
  return { size, crc32: sum, mtimeMs };
}

/** What the system refused, as opposed to what is wrong with the contents. */
function isOfDisk(thrown: unknown): boolean {
  const cause = thrown instanceof KandinskyError ? thrown.cause : thrown;
  return codeOf(cause) !== undefined;
}

function sealOf(file: string): string {
  return `${file}.seal`;
}
