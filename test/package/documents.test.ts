/**
 * Every command of README and docs/, taken out of them and run as it is written, in their order, in a fresh clone. The Hub is the
 * tests' own and has a tiny model under the released one's name; a home of the tests' own has a tiny original release.
 */
import { execFile, execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { FakeHub } from "../hub/fake-hub.js";
import { diffusersFixture, original } from "../support/goldens.js";
import { plainEnvironment, ROOT } from "./projects.js";

const execute = promisify(execFile);
const MINUTE = 60_000;

/** What stands in for a command that the tests cannot run inside themselves: `npm test` builds a second time. */
const INSTEAD: Readonly<Record<string, string>> = { "npm test": "npm run build" };

/** What is added to a command, which says the same of a smaller work. */
const LESS: readonly (readonly [RegExp, string])[] = [
  [/ bench /, "--runs 1"],
  [/--model ~\/models\/Kandinsky3\.1/, "--width 64 --height 64"],
  [/--model kandinsky-3 /, "--width 64 --height 64 --steps 2"],
  [/ generate "a cat" --negative-prompt/, "--steps 2"],
  [/ generate "a cat" --(?:output|dtype|max-memory)/, "--steps 2"],
];

/** The lines of shell blocks. */
function commandsOf(document: string): string[] {
  const text = readFileSync(join(ROOT, document), "utf8");
  const blocks = [...text.matchAll(/^```(?:sh|bash|console)\n(.*?)^```/gms)].map(([, block = ""]) => block);
  return blocks.flatMap((block) => block.split("\n")).filter((line) => line !== "");
}

const DOCUMENTS = [
  "README.md",
  ...readdirSync(join(ROOT, "docs"))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
];
const COMMANDS = DOCUMENTS.flatMap((document) => commandsOf(document).map((command) => [document, command] as const));

const home = mkdtempSync(join(tmpdir(), "kandinsky3-documents-"));
const clone = join(home, "kandinsky3");
let hub: FakeHub;

beforeAll(async () => {
  const files = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
    cwd: ROOT,
    encoding: "utf8",
  });
  for (const file of files.split("\0").filter((name) => name !== "" && existsSync(join(ROOT, name)))) {
    mkdirSync(dirname(join(clone, file)), { recursive: true });
    cpSync(join(ROOT, file), join(clone, file));
  }
  cpSync(original.path("tiny"), join(home, "models/Kandinsky3.1"), { recursive: true });
  hub = await FakeHub.start();
  const tiny = diffusersFixture("tiny");
  const names = readdirSync(tiny, { recursive: true, encoding: "utf8" }).filter((name) => /\.\w+$/.test(name));
  const contents = names.map((name) => [name, readFileSync(join(tiny, name))] as const);
  hub.publish("kandinsky-community/kandinsky-3", Object.fromEntries(contents));
}, MINUTE);

afterAll(async () => {
  await hub[Symbol.asyncDispose]();
  rmSync(home, { recursive: true, force: true });
});

/** In the clone, as someone who has nothing of kandinsky3 yet, and whose npm is set as that of whoever runs this. */
function shell(command: string): Promise<{ stdout: string; stderr: string }> {
  const npm = (key: string): string => execFileSync("npm", ["config", "get", key], { encoding: "utf8" }).trim();
  const env = {
    ...plainEnvironment(),
    npm_config_cache: npm("cache"),
    npm_config_userconfig: npm("userconfig"),
    npm_config_prefer_offline: "true",
    HOME: home,
    HF_ENDPOINT: hub.endpoint,
    KANDINSKY3_CACHE: undefined,
    XDG_CACHE_HOME: undefined,
    HF_HOME: undefined,
  };
  return execute("sh", ["-c", command], { cwd: clone, env });
}

test("README begins with its one command, and nothing is left out", () => {
  expect(COMMANDS[0]?.[1]).toMatch(/^npm ci && npx kandinsky3 generate /);
  expect(COMMANDS.length).toBeGreaterThan(20);
  for (const command of Object.keys(INSTEAD)) {
    expect(COMMANDS.map(([, line]) => line)).toContain(command);
  }
});

test.each(COMMANDS)("%s: %s", { timeout: 3 * MINUTE }, async (_document, written) => {
  const command = INSTEAD[written] ?? written.replace(/\s+#.*$/, "");
  const less = LESS.filter(([pattern]) => pattern.test(command)).map(([, flags]) => flags);
  const { stdout, stderr } = await shell([command, ...less].join(" "));
  expect(stderr).not.toMatch(/npm warn (?!Unknown (?:env|user|global) config)|Error/i);
  // What goes on in the background says nothing here; the commands after it hear from it.
  expect(stdout === "").toBe(command.endsWith("&"));
});

test("the command works after a second build, and the clone is clean", async () => {
  expect((await shell("npx kandinsky3 --version")).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  await shell("npm ls");
});
