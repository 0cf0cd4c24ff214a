/** The package as its users get it: released into a registry, installed from there into empty projects, run there, its types checked there. */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { nodeFileTrace } from "@vercel/nft";
import { build } from "esbuild-wasm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bytesIn, PROGRAMS, type Project, publishRelease, type Release, ROOT } from "./projects.js";

const MINUTE = 60_000;
const LARGEST_INSTALLATION = 150e6;
const ENGINE = `engine-${process.platform}-${process.arch}`;

/** How kandinsky3 is installed, and the Node that runs it. */
const INSTALLERS: Readonly<Record<string, { readonly install: readonly string[]; readonly node: readonly string[] }>> =
  {
    npm: { install: ["npm", "install"], node: ["node"] },
    "npm of Node 22": withNode(22, 10),
    "npm of Node 24": withNode(24, 11),
    pnpm: { install: ["npx", "--yes", "pnpm@10", "add", "--store-dir", "../store"], node: ["node"] },
  };

function withNode(node: number, npm: number): { install: string[]; node: string[] } {
  const prefix = ["npx", "--yes", "--package", `node@${node}`, "--package", `npm@${npm}`, "--"];
  return { install: [...prefix, "npm", "install"], node: [...prefix, "node"] };
}

let release: Release;
beforeAll(async () => {
  release = await publishRelease();
}, 5 * MINUTE);
afterAll(() => release[Symbol.asyncDispose]());

test("a release has a tarball for each platform", () => {
  const engines = ["darwin-arm64", "linux-arm64", "linux-x64", "win32-arm64", "win32-x64"];
  const names = release.tarballs.map((name) => name.replace(/-[\d.]+\.tgz$/, ""));
  expect(names).toEqual(["kandinsky3", ...engines.map((platform) => `kandinsky3-engine-${platform}`)]);
});

describe.each(Object.entries(INSTALLERS))("%s", (name, { install, node }) => {
  let project: Project;
  const run = async ([command = "", ...args]: readonly string[]): Promise<string> => {
    const { stdout, stderr } = await project.run(command, ...args);
    // What an npm says of the settings of whoever runs this is no matter of the package.
    const own = stderr.split("\n").filter((line) => !/Unknown (?:env|user|global) config/.test(line));
    expect(own.join("\n")).not.toMatch(/warn|Error/i);
    return stdout;
  };

  beforeAll(async () => {
    project = release.project(name);
    const printed = await run([...install, "kandinsky3"]);
    expect(printed).not.toMatch(/build scripts/);
    for (const [file, text] of Object.entries(PROGRAMS)) {
      writeFileSync(join(project.folder, file), text);
    }
  }, 5 * MINUTE);

  test("brings one engine, from registries alone, and runs nothing", () => {
    const modules = join(project.folder, "node_modules");
    expect(bytesIn(modules)).toBeLessThan(LARGEST_INSTALLATION);
    const files = readdirSync(modules, { recursive: true, encoding: "utf8" });
    const engines = files
      .map((file) => /engine-[a-z]\w+-\w+(?=[\\/@]|$)/.exec(file)?.[0])
      .filter((found) => found !== undefined);
    expect([...new Set(engines)]).toEqual([ENGINE]);
    expect(files.filter((file) => file.includes("onnxruntime-node"))).toEqual([]);
    const lock = join(modules, ".package-lock.json");
    if (existsSync(lock)) {
      const { packages } = JSON.parse(readFileSync(lock, "utf8")) as {
        packages: Record<string, Record<string, unknown>>;
      };
      const all = Object.values(packages);
      expect(all.filter(({ hasInstallScript }) => hasInstallScript === true)).toEqual([]);
      const known = [release.registry.url, release.registry.upstream];
      expect(all.filter(({ resolved }) => resolved === undefined)).toEqual([]);
      expect(all.filter(({ resolved }) => !known.some((url) => String(resolved).startsWith(url)))).toEqual([]);
    }
  });

  test(
    "the command paints",
    async () => {
      const main = join(project.folder, "node_modules/kandinsky3/dist/cli/main.js");
      const printed = await run([
        ...node,
        main,
        "generate",
        "a red house",
        "--steps",
        "2",
        "--quiet",
        "--output",
        "house.png",
      ]);
      expect(printed.trim()).toMatch(/house\.png$/);
      expect(existsSync(join(project.folder, "house.png"))).toBe(true);
    },
    MINUTE,
  );

  test("a server names the packages that it needs beside", { timeout: MINUTE }, async () => {
    const main = join(project.folder, "node_modules/kandinsky3/dist/cli/main.js");
    const refused: unknown = await run([...node, main, "serve"]).catch((error: unknown) => error);
    const said = typeof refused === "object" && refused !== null && "stderr" in refused ? String(refused.stderr) : "";
    expect(said).toMatch(/^kandinsky3: packages are needed that are not installed.*npm install .*"fastify@/);
    expect(said.trim().split("\n")).toHaveLength(1);
  });

  test.each(Object.keys(PROGRAMS))(
    "the library paints: %s",
    async (program) => {
      await run([...node, program]);
      expect(existsSync(join(project.folder, program.replace(/\..*/, ".png")))).toBe(true);
    },
    MINUTE,
  );
});

describe("in a project of npm's", () => {
  const project = (): Project => release.project("npm");

  test("the command is there by its name", async () => {
    const { stdout } = await project().run("npx", "--no-install", "kandinsky3", "--version");
    expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  test.each(["by-import.mjs", "by-require.cjs"] as const)(
    "a bundle that leaves packages out paints: %s",
    async (program) => {
      await build({
        absWorkingDir: project().folder,
        entryPoints: [program],
        outfile: `bundled/${program}`,
        bundle: true,
        platform: "node",
        target: "node20",
        packages: "external",
        format: program.endsWith("mjs") ? "esm" : "cjs",
      });
      const picture = join(project().folder, program.replace(/\..*/, ".png"));
      const before = readFileSync(picture);
      writeFileSync(picture, "");
      await project().run("node", `bundled/${program}`);
      expect(readFileSync(picture).equals(before)).toBe(true);
    },
    MINUTE,
  );

  test(
    "a copy of the files that a tracer finds paints",
    async () => {
      const { folder } = project();
      const { fileList } = await nodeFileTrace([join(folder, "by-import.mjs")], { base: folder });
      const copy = release.project("traced").folder;
      for (const file of fileList) {
        const target = join(copy, file);
        mkdirSync(dirname(target), { recursive: true });
        cpSync(join(folder, file), target);
      }
      await release.project("traced").run("node", "by-import.mjs");
      const [traced, before] = [copy, folder].map((where) => readFileSync(join(where, "by-import.png")));
      expect(before && traced?.equals(before)).toBe(true);
    },
    MINUTE,
  );

  test("the library's types are there", async () => {
    const program = `
      import { type GenerationResult, Kandinsky3, type RawImage, type Tensor } from "kandinsky3";
      export async function paint(prompt: string): Promise<GenerationResult<readonly RawImage[]>> {
        const pipe = await Kandinsky3.fromPretrained();
        return pipe.textToImage({ prompt, seed: 1n, numInferenceSteps: 4 });
      }
      const { images } = await paint("a red house");
      for (const image of images) {
        await image.save("house.webp", { quality: 80, metadata: false });
        (await image.toSharp()).resize(64);
      }
      const pipe = await Kandinsky3.fromPretrained();
      const numbers: Tensor = (await pipe.textToImage({ prompt: "a boat", outputType: "tensor" })).images;
      await pipe.imageToImage({ prompt: "a boat", image: new URL("file:///boat.png") });
      await pipe.inpaint({ prompt: "a boat", image: images[0] ?? "boat.png", mask: new Uint8Array(numbers.data.length) });
      // @ts-expect-error a prompt is no number
      await (await Kandinsky3.fromPretrained()).textToImage({ prompt: 1 });
    `;
    writeFileSync(join(project().folder, "program.mts"), program);
    const compiler = join(ROOT, "node_modules/.bin/tsc");
    // What a Node project in TypeScript has: Node's types, and `await using`.
    const environment = ["--lib", "es2023,esnext.disposable", "--types", "node"];
    const options = ["--noEmit", "--strict", "--module", "nodenext", "--target", "es2023", ...environment];
    const typeRoots = ["--typeRoots", join(ROOT, "node_modules/@types")];
    const { stdout } = await project().run(compiler, ...options, ...typeRoots, "program.mts");
    expect(stdout).toBe("");
  });
});
