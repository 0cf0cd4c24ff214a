/** The package under Yarn's Plug'n'Play: packages stay in zip files, and Yarn's own file system stands in place of Node's. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Project, PROGRAMS, publishRelease, type Release } from "./projects.js";

const MINUTE = 60_000;

let release: Release;
let project: Project;
const yarn = (...args: readonly string[]): ReturnType<Project["run"]> =>
  project.run("npx", "--yes", "--package", "@yarnpkg/cli-dist@4", "--", "yarn", ...args);

beforeAll(async () => {
  release = await publishRelease();
  project = release.project("plug-n-play");
  const settings = [
    "nodeLinker: pnp",
    "enableGlobalCache: false",
    "enableTelemetry: false",
    "globalFolder: ../yarn",
    "npmMinimalAgeGate: 0",
    `npmRegistryServer: "${release.registry.url}"`,
    // sharp's codecs find each other by paths that only packages from their own registry's addresses have.
    `npmScopes: { img: { npmRegistryServer: "${release.registry.upstream}" } }`,
    'unsafeHttpWhitelist: ["*"]',
  ];
  writeFileSync(join(project.folder, ".yarnrc.yml"), `${settings.join("\n")}\n`);
  await yarn("add", "kandinsky3");
  writeFileSync(join(project.folder, "by-import.mjs"), PROGRAMS["by-import.mjs"]);
}, 5 * MINUTE);
afterAll(() => release[Symbol.asyncDispose]());

test("there is no node_modules, and what is native lies outside the zips", () => {
  expect(existsSync(join(project.folder, "node_modules"))).toBe(false);
  const unplugged = readdirSync(join(project.folder, ".yarn/unplugged"));
  expect(unplugged.filter((name) => name.startsWith("kandinsky3-"))).toHaveLength(1);
  expect(unplugged.filter((name) => name.startsWith("@kandinsky3-engine-"))).toHaveLength(1);
});

test.each([[[]], [["--dtype", "int8"]]])(
  "the command paints without a word: %j",
  async (flags) => {
    const picture = join(project.folder, `house${flags.length}.png`);
    const args = ["a red house", "--seed", "1", "--steps", "2", "--output", picture, ...flags];
    const { stdout, stderr } = await yarn("kandinsky3", "generate", ...args);
    expect(stdout).toContain(picture);
    // Neither the picture nor what is kept for the next one fails for a handle that lacks a method.
    expect(stderr).not.toMatch(/note:|not implemented|kandinsky3:/i);
    expect(readFileSync(picture).subarray(1, 4).toString()).toBe("PNG");
  },
  2 * MINUTE,
);

// `require` of a module is Node's own doing, which asks no loader and so does not find packages in zips.
test(
  "the library paints",
  async () => {
    await yarn("node", "by-import.mjs");
    expect(readFileSync(join(project.folder, "by-import.png")).subarray(1, 4).toString()).toBe("PNG");
  },
  2 * MINUTE,
);
