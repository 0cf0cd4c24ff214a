import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { publishRelease } from "./projects.js";
test("x", async () => {
  const release = await publishRelease();
  const project = release.project("pnp");
  console.log(project.folder);
  writeFileSync(
    join(project.folder, ".yarnrc.yml"),
    [
      "nodeLinker: pnp",
      "enableGlobalCache: false",
      "enableTelemetry: false",
      "npmMinimalAgeGate: 0",
      "globalFolder: ../yarn",
      `npmRegistryServer: "${release.registry.url}"`,
      'unsafeHttpWhitelist: ["*"]',
      `npmScopes: { img: { npmRegistryServer: "${release.registry.upstream}" } }`,
      "",
    ].join("\n"),
  );
  const yarn = (...args: string[]) =>
    project.run("npx", "--yes", "--package", "@yarnpkg/cli-dist@4", "--", "yarn", ...args);
  try {
    console.log((await yarn("add", "kandinsky3")).stdout);
    console.log(await yarn("node", "--version"));
    console.log(await yarn("kandinsky3", "generate", "a red house", "--steps", "2", "--output", "house.png"));
    expect(existsSync(join(project.folder, "house.png"))).toBe(true);
  } catch (e) {
    console.log(e);
  }
}, 300000);
