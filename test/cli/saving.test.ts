/** A picture that was made is never lost. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { readMetadata } from "../../src/image/metadata/metadata.js";
import { runCli, scratchFolder, startCli } from "./run-cli.js";

const folder = scratchFolder();

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

test.each([
  { output: "house.png", files: 1, more: [] },
  { output: "house.jpg", files: 2, more: ["--num-images", "2"] },
  { output: "house.npy", files: 1, more: ["--output-type", "latent"] },
])("a folder that goes while $output is made", { timeout: 60_000 }, async ({ output, files, more }) => {
  const [place, temporary] = [join(folder, `gone-${output}`), join(folder, `tmp-${output}`)];
  mkdirSync(place);
  mkdirSync(temporary);
  const args = ["generate", "a red house", "--seed", "1", "--steps", "3", "--output", join(place, output), ...more];
  const { child, outcome } = startCli(folder, args, { TMPDIR: temporary });
  // The folder is there when the run begins, and no longer when an inference process is at work.
  await expect.poll(() => hasChild(child.pid), { timeout: 30_000 }).toBe(true);
  rmSync(place, { recursive: true });
  const { code, stderr, stdout } = await outcome;
  expect(code).toBe(1);
  expect(stdout.toString()).toBe("");
  const saved = [...stderr.matchAll(/it is saved as (\S+) instead/g)].map(([, name = ""]) => name);
  expect(saved).toHaveLength(files);
  expect(saved.map((name) => name.startsWith(temporary))).not.toContain(false);
  if (!output.endsWith("npy")) {
    expect(readMetadata(readFileSync(saved[0] ?? "")).settings).toMatchObject({ seed: "1" });
  }
});

function hasChild(pid: number | undefined): boolean {
  const children = `/proc/${pid ?? 0}/task/${pid ?? 0}/children`;
  return readFileSync(children, "utf8").trim() !== "";
}

test("too little space is told before the work", async () => {
  writeFileSync(join(folder, "prompts.txt"), "a red house\n".repeat(5000));
  const args = ["generate", "--prompts", "prompts.txt", "--width", "8192", "--height", "8192", "--num-images", "64"];
  const { code, stderr } = await runCli(folder, [...args, "--output", "house.png"]);
  expect(code).toBe(1);
  expect(stderr).toMatch(/--output: the folder "\." has .* left, expected at least 64\.4 TB for what is to be made/);
});
