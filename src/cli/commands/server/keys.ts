/** `kandinsky3 keys`: who may use a server, and how much of it. */
import type { Command } from "commander";
import { UsageError } from "../../../errors.js";
import { type ApiKey, ApiKeys, type KeyLimits } from "../../../jobs/admission/api-keys.js";
import { openDatabase } from "../../../jobs/store/database.js";
import { countUpTo } from "../../options/option-values.js";
import { writeStdout } from "../../output/stdout.js";
import { addSettings, readSettings } from "../../server/read-settings.js";
import { requireServerPackages } from "../../server/server-packages.js";

const MOST = 1_000_000_000;

interface CreateFlags {
  readonly admin: boolean;
  readonly imagesPerDay?: number;
  readonly jobsAtATime?: number;
  readonly maxSize?: number;
  readonly maxSteps?: number;
  readonly data?: string;
}

export function addKeys(command: Command): void {
  addSettings(
    command
      .command("create")
      .description("make a key; it is printed once, and kept as a hash alone")
      .argument("<name>", "what you will know it by")
      .option("--admin", "it may also look after models and the jobs of others", false)
      .option("--images-per-day <n>", "images in 24 hours", countUpTo("--images-per-day", MOST))
      .option("--jobs-at-a-time <n>", "jobs that have not ended", countUpTo("--jobs-at-a-time", MOST))
      .option("--max-size <size>", "largest image, as 1024x1024: so many pixels in any shape", pixelsOf)
      .option("--max-steps <n>", "most denoising steps", countUpTo("--max-steps", MOST)),
    ["data"],
  ).action(create);
  addSettings(
    command
      .command("list")
      .description("print the names of all keys and what they may do")
      .option("--json", "print one JSON object", false),
    ["data"],
  ).action(list);
  addSettings(
    command.command("revoke").description("let a key mean nothing any more").argument("<name>", "its name or id"),
    ["data"],
  ).action(revoke);
  command.addHelpText(
    "after",
    "\nExamples:\n  kandinsky3 keys create phone --images-per-day 50\n  kandinsky3 keys create me --admin\n  kandinsky3 keys revoke phone",
  );
}

async function create(name: string, flags: CreateFlags): Promise<void> {
  const { admin, imagesPerDay, jobsAtATime, maxSize: maxPixels, maxSteps } = flags;
  const limits: KeyLimits = { imagesPerDay, jobsAtATime, maxPixels, maxSteps };
  await withKeys(flags, async (keys) => {
    await writeStdout(`${keys.create(name, { admin, limits }).key}\n`);
  });
}

async function list(flags: { readonly json: boolean; readonly data?: string }): Promise<void> {
  await withKeys(flags, async (keys) => {
    const all = keys.list();
    if (flags.json) {
      const shown = all.map((key) => ({ ...key, revoked: key.revoked ?? null }));
      await writeStdout(`${JSON.stringify({ keys: shown }, null, 2)}\n`);
      return;
    }
    const width = Math.max(0, ...all.map(({ name }) => name.length));
    const lines = all.map((key) => `${key.name.padEnd(width)}  ${describe(key)}`);
    await writeStdout(`${(lines.length === 0 ? ["no keys"] : lines).join("\n")}\n`);
  });
}

async function revoke(name: string, flags: { readonly data?: string }): Promise<void> {
  await withKeys(flags, async (keys) => {
    await writeStdout(`${keys.revoke(name).name} is revoked\n`);
  });
}

/** The database is shared with a server that may be running. */
async function withKeys({ data }: { readonly data?: string }, use: (keys: ApiKeys) => Promise<void>): Promise<void> {
  requireServerPackages(["server"]);
  const settings = await readSettings({ data });
  const database = await openDatabase(settings.data);
  try {
    await use(new ApiKeys(database));
  } finally {
    database.close();
  }
}

function describe({ admin, limits, created, revoked }: ApiKey): string {
  const { imagesPerDay, jobsAtATime, maxPixels, maxSteps } = limits;
  return [
    `since ${new Date(created).toISOString().slice(0, 10)}`,
    ...(revoked === undefined ? [] : ["revoked"]),
    ...(admin ? ["admin"] : []),
    ...(imagesPerDay === undefined ? [] : [`${imagesPerDay} images a day`]),
    ...(jobsAtATime === undefined ? [] : [`${jobsAtATime} jobs at a time`]),
    ...(maxPixels === undefined ? [] : [`up to ${maxPixels} pixels`]),
    ...(maxSteps === undefined ? [] : [`up to ${maxSteps} steps`]),
  ].join(", ");
}

function pixelsOf(text: string): number {
  const [, width, height] = /^(\d{1,5})x(\d{1,5})$/.exec(text.trim()) ?? [];
  if (width === undefined || height === undefined || Number(width) * Number(height) === 0) {
    throw new UsageError(`--max-size: expected a size such as 1024x1024, got ${JSON.stringify(text)}`);
  }
  return Number(width) * Number(height);
}
