/** Prompts as people give them: words, flags, files, standard input, and the first words that come to mind. */
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { runCli, scratchFolder, startCli } from "./run-cli.js";

const QUICK = ["--steps", "1", "--seed", "1", "--quiet"];
let folder: string;
beforeEach(() => {
  folder = scratchFolder();
});

test("a file has a prompt a line, whatever ends its lines", async () => {
  writeFileSync(join(folder, "prompts.txt"), "\ufeffa red house\r\n\r\n# a boat\r\na red house");
  const { code, stdout } = await runCli(folder, ["generate", "--prompts", "prompts.txt", "--json", ...QUICK]);
  const { runs } = JSON.parse(stdout.toString()) as { runs: { files: string[]; settings: { prompt: string } }[] };
  expect(code).toBe(0);
  expect(runs.map(({ files, settings }) => [settings.prompt, files])).toEqual([
    ["a red house", ["a-red-house-1.png"]],
    ["# a boat", ["a-boat-1.png"]],
    ["a red house", ["a-red-house-1-2.png"]],
  ]);
});

test("several prompts share the numbers of one output; a list of seeds makes a picture for each", async () => {
  writeFileSync(join(folder, "prompts.txt"), "a red house\na blue boat\n");
  const args = [
    "--prompts",
    "prompts.txt",
    "-o",
    "x.png",
    "--steps",
    "1",
    "--seed",
    "7,8",
    "--quiet",
    "--sampler",
    "DDPM",
  ];
  expect((await runCli(folder, ["generate", ...args])).stdout.toString()).toBe("x-0.png\nx-1.png\nx-2.png\nx-3.png\n");
});

test("the prompt comes from standard input or a file, the words without quotation marks and the verb without being said", async () => {
  writeFileSync(join(folder, "prompt.txt"), "\ufeffa red\r\nhouse\r\n");
  writeFileSync(join(folder, "not.txt"), "blue");
  const running = startCli(folder, ["generate", "-", ...QUICK]);
  running.child.stdin?.end("a green house\n");
  expect((await running.outcome).stdout.toString()).toBe("a-green-house-1.png\n");
  await runCli(folder, ["generate", "--prompt-file", "prompt.txt", "--negative-prompt-file", "not.txt", ...QUICK]);
  await runCli(folder, ["generate", "a", "blue", "house", ...QUICK]);
  await runCli(folder, ["a pink house", ...QUICK]);
  await runCli(folder, ["-p", "a gray house", ...QUICK]);
  expect(readdirSync(folder).filter((name) => name.endsWith(".png"))).toEqual(
    ["blue", "gray", "green", "pink", "red"].map((colour) => `a-${colour}-house-1.png`),
  );
});

describe("what is no command is answered with the right one", () => {
  test.each([
    [["txt2img", "a red house"], 'this may be meant: kandinsky3 generate "a red house"'],
    [["a", "red", "house"], 'for a picture: kandinsky3 generate "a red house"'],
    [["genrate", "x"], 'this may be meant: kandinsky3 generate "x"'],
    [["generate", "a house", "--cfg-scale", "7"], ": kandinsky3 generate 'a house' --guidance-scale 6"],
    [["generate", "a house", "--num_inference_steps=9"], ": kandinsky3 generate 'a house' --steps 9"],
    [["generate", "-a house"], "kandinsky3 generate -- '-a house'"],
    [["generate", "a", "--stpes", "2"], "expected --steps: kandinsky3 generate a --steps 2"],
    [["generate", "--bogus", "a"], 'unknown option "--bogus"\n'],
    [["generate", "a", "--prompt", "b"], "the prompt: expected one, "],
    [["generate", "--prompts", "missing.txt"], '--prompts: "missing.txt" cannot be read'],
  ])("%j", async (args, message) => {
    const { code, stderr } = await runCli(folder, args);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(message) as string });
  });
});

test("what the text encoder cannot read is quoted", async () => {
  const args = ["generate", "a red дом", "--negative-prompt", "синие лодки", "--steps", "1", "--seed", "1"];
  const { stderr } = await runCli(folder, args);
  expect(stderr).toContain('note: the text encoder cannot read this part of the prompt: "дом"\n');
  expect(stderr).toContain(
    'note: the text encoder can read nothing of the negative prompt ("синие", "лодки"): it says nothing\n',
  );
  const nothing = await runCli(folder, ["generate", "日本語 の家", "--steps", "1", "--seed", "1"]);
  expect(nothing.stderr).toContain('("日本語", "の家"): the picture does not depend on the text\n');
});

test("words that the bundled model never saw are named, with the command for the model that knows them", async () => {
  const quick = ["--steps", "1", "--seed", "1"];
  const known = await runCli(folder, ["generate", "a red house in the snow", ...quick]);
  expect([known.code, known.stderr]).toEqual([0, ""]);
  const { stderr } = await runCli(folder, ["generate", "a red fox on a mountain", ...quick]);
  expect(stderr).toBe(
    'note: this small model was never taught "fox", "mountain"; this fetches the full one: kandinsky3 pull kandinsky-3 --variant fp16\n',
  );
});
