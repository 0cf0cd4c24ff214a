/** What a verb loads before it begins: time, and address space, are for what is used. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test } from "vitest";
import { nodeProblem } from "../../src/supported-node.js";
import { VERBS } from "../../src/cli/verbs.js";
import { NANO, runCli } from "./run-cli.js";

const MAIN = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
/** Issue: at most 2.5 on a quiet machine; this one may be busy. */
const MOST_TIMES_AN_EMPTY_NODE = 4;
const ROUNDS = 7;

const folder = mkdtempSync(join(tmpdir(), "kandinsky3-start-up-"));

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const HOOKS = `
  import { appendFileSync } from "node:fs";
  export async function load(url, context, next) {
    appendFileSync(process.env.TRACE, url + "\\n");
    return next(url, context);
  }`;
const REGISTER = `import { register } from "node:module"; register(${JSON.stringify(dataUrl(HOOKS))});`;

function dataUrl(module: string): string {
  return `data:text/javascript,${encodeURIComponent(module)}`;
}

/** The packages, and the program's own modules, that a command loads into its main process. */
function modulesOf(args: readonly string[]): { readonly packages: ReadonlySet<string>; readonly own: number } {
  const trace = join(folder, "trace");
  rmSync(trace, { force: true });
  const { status, stderr } = spawnSync(process.execPath, ["--import", dataUrl(REGISTER), MAIN, ...args], {
    env: { ...process.env, TRACE: trace, HF_HUB_CACHE: folder },
    encoding: "utf8",
  });
  expect([status, stderr]).toEqual([0, ""]);
  const urls = readFileSync(trace, "utf8").trim().split("\n");
  const packages = urls.flatMap((url) => /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1] ?? []);
  return { packages: new Set(packages), own: urls.filter((url) => url.includes("/dist/cli/")).length };
}

test.each([
  [["--version"], ["commander"]],
  [["-V"], ["commander"]],
  [["-h"], ["commander"]],
  [["help"], ["commander"]],
  [["--help"], ["commander"]],
  [["list"], ["commander"]],
])("%s loads the command line's library alone", (args, packages) => {
  const loaded = modulesOf(args);
  expect([...loaded.packages]).toEqual(packages);
  expect(loaded.own).toBeGreaterThan(0);
});

test.each([[["plan", NANO, "--quiet"]], [["inspect", NANO]]])(
  "%s loads no library for the network, for pictures or for running networks",
  (args) => {
    const { packages } = modulesOf(args);
    expect(packages).toContain("zod");
    expect([...packages].filter((name) => /undici|sharp|@img|onnxruntime|engine/.test(name))).toEqual([]);
  },
);

test("a verb in the program's list reads as it does once it is loaded", async () => {
  const { stdout } = await runCli(folder, ["--help"]);
  for (const { name, argument, description } of VERBS) {
    const own = (await runCli(folder, [name, "--help"])).stdout.toString();
    const words = own.replace(/\s+/g, " ");
    const usage = `Usage: kandinsky3 ${name} [options] ${argument}`.trim();
    expect(words.startsWith(`${usage} ${description} `), words).toBe(true);
    expect(stdout.toString()).toContain(`  ${name} [options]${argument === "" ? "" : ` ${argument}`} `);
  }
  const [whole, helped] = [await runCli(folder, ["plan", "--help"]), await runCli(folder, ["help", "plan"])];
  expect(helped.stdout.toString()).toBe(whole.stdout.toString());
});

test("--version takes not much longer than an empty Node", () => {
  const seconds = (args: readonly string[]): number => {
    const begin = performance.now();
    expect(spawnSync(process.execPath, args).status).toBe(0);
    return performance.now() - begin;
  };
  const rounds = Array.from({ length: ROUNDS }, () => seconds([MAIN, "--version"]) / seconds(["-e", "0"]));
  rounds.sort((a, b) => a - b);
  expect(rounds[Math.floor(ROUNDS / 2)]).toBeLessThan(MOST_TIMES_AN_EMPTY_NODE);
});

test.each([
  ["12.22.12", false],
  ["18.20.8", false],
  ["20.18.3", false],
  ["20.19.0", true],
  ["20.20.2", true],
  ["21.7.3", false],
  ["22.1.0", false],
  ["22.11.0", false],
  ["22.12.0", true],
  ["24.0.0", true],
  ["26.1.0-nightly", true],
])("Node %s is supported: %s", (version, supported) => {
  expect(nodeProblem(version) === undefined).toBe(supported);
});

test("package.json says the same of Node as the program", () => {
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  expect((JSON.parse(text) as { engines: object }).engines).toEqual({ node: "^20.19.0 || >=22.12.0" });
});

test("the modules that an old Node reads are written in what it knows, and import nothing else", () => {
  for (const name of ["cli/main.js", "supported-node.js"]) {
    const text = readFileSync(new URL(`../../dist/${name}`, import.meta.url), "utf8");
    expect(text, name).not.toMatch(/\?\?|\?\.|\bawait\b|from "node:|#\w+\b.*;/);
    const imported = [...text.matchAll(/(?:from|import) "([^"]+)"/g)].map(([, from]) => from);
    expect(imported, name).toEqual(name === "cli/main.js" ? ["../supported-node.js"] : []);
  }
});
