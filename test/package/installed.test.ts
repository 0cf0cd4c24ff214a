/** The package as its users get it: packed, installed into an empty folder, run there, its types checked there. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const INSTALL_MINUTES = 5;

const folder = mkdtempSync(join(tmpdir(), "kandinsky3-installed-"));

function run(command: string, args: readonly string[], cwd = folder): string {
  return execFileSync(command, args, {
    cwd,
    encoding: "utf8",
    // Closed networks: the engine's optional GPU files stay away.
    env: { ...process.env, ONNXRUNTIME_NODE_INSTALL: "skip" },
    stdio: ["ignore", "pipe", "pipe"],
  });
}

beforeAll(() => {
  // Without scripts: dist/ is there already, and a rebuild would pull it away under the tests beside this one.
  run("npm", ["pack", "--ignore-scripts", "--pack-destination", folder], ROOT);
  const tarball = readdirSync(folder).find((name) => name.endsWith(".tgz")) ?? expect.fail("npm pack made no file");
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "user", private: true, type: "module" }));
  run("npm", ["install", "--no-audit", "--no-fund", "--prefer-offline", `./${tarball}`]);
}, INSTALL_MINUTES * 60_000);

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

test("the command paints with the bundled model", () => {
  const printed = run("npx", [
    "--no-install",
    "kandinsky3",
    "generate",
    "a red house",
    "--steps",
    "2",
    "--output",
    "house.png",
  ]);
  expect(printed.trim()).toMatch(/house\.png$/);
  expect(existsSync(join(folder, "house.png"))).toBe(true);
});

test("the library's types are there", () => {
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
  writeFileSync(join(folder, "program.ts"), program);
  const compiler = join(ROOT, "node_modules/.bin/tsc");
  // What a Node project in TypeScript has: Node's types, and `await using`.
  const environment = ["--lib", "es2023,esnext.disposable", "--types", "node"];
  const options = ["--noEmit", "--strict", "--module", "nodenext", "--target", "es2023", ...environment];
  const typeRoots = ["--typeRoots", join(ROOT, "node_modules/@types")];
  expect(run(compiler, [...options, ...typeRoots, "program.ts"])).toBe("");
});
