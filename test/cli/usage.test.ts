/** Wrong usage and unusable files: one sentence, the right exit code, and nothing left behind. */
import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { runCli, scratchFolder } from "./run-cli.js";

let folder: string;
beforeEach(() => {
  folder = scratchFolder();
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

describe("wrong usage ends with 2", () => {
  test.each([
    [["--steps", "5x"], /^kandinsky3: --steps: expected a whole number from 1 to 1000, got "5x"\n$/],
    [["--steps", ""], /--steps: .* got ""/],
    [["--steps", "1e9"], /--steps: .* got "1e9"/],
    [["--steps", "0"], /--steps: .* from 1 to 1000, got "0"/],
    [["--steps", "1001"], /--steps: .* from 1 to 1000, got "1001"/],
    [["--guidance-scale", "NaN"], /--guidance-scale: expected a number from 0 to 1000, got "NaN"/],
    [["--guidance-scale", "Infinity"], /--guidance-scale: .* got "Infinity"/],
    [["--guidance-scale", "1000.5"], /--guidance-scale: .* got "1000.5"/],
    [["--width", "8193"], /--width: expected a whole number of pixels from 1 to 8192, got "8193"/],
    [["--height", "-8"], /--height: .* got "-8"/],
    [["--num-images", "65"], /--num-images: .* from 1 to 64, got "65"/],
    [["--strength", "0"], /--strength: expected a number above 0 and up to 1, got "0"/],
    [["--strength", "0.5"], /^kandinsky3: --strength: got 0\.5 without an image, expected an image, or no strength\n$/],
    [
      ["--seed", "18446744073709551616"],
      /--seed: expected a whole number of at most 64 bits, or a list such as 7,8,9, got "18446744073709551616"/,
    ],
    [["--threads", "0"], /--threads: expected a whole number from 1 to 1024, got "0"/],
    [["--variant", ""], /--variant: expected a variant's name, got ""/],
    [["--preset", "quick"], /--preset: expected exact or balanced or fast, got "quick"/],
    [["--max-memory", "8 gigs"], /--max-memory: expected a size such as 8GB, 6GiB or 512MB, got "8 gigs"/],
    [["--max-memory", "200MB"], /--max-memory: .* of a picture of 128x128 needs .* got 200.0 MB/],
    [["--dtype", "fp16"], /--dtype: expected fp32, int8, int4 or a list .* got "fp16"/],
    [["--device", "cuda"], /--device: expected auto or cpu \(the only ones so far\), got "cuda"/],
    [["--output", "x.gif"], /--output: .* \.png \.jpg \.jpeg \.webp \.npy, .* got "x\.gif"/],
    [["--output", "x.png", "--output-type", "latent"], /--output: expected an \.npy file .* got "x\.png"/],
    [["--output", "-", "--num-images", "2"], /--output: "-" takes one image/],
    [["--output", "-", "--json"], /--json: /],
    [["--model", ""], /--model: expected a model folder or a name on the Hub, got ""/],
    [["--bogus"], /unknown option "--bogus"/],
    [["another prompt"], /the prompt: expected one, got 2 \("a", "another prompt"\)/],
  ])("generate a %j", async (args, message) => {
    const { code, stdout, stderr } = await runCli(folder, ["generate", "a", ...args]);
    expect(stderr).toMatch(message);
    const printed = args.includes("--json")
      ? `${JSON.stringify({ error: { kind: "usage", message: stderr.replace(/^kandinsky3: /, "").trim() } }, null, 2)}\n`
      : "";
    expect({ code, stdout: stdout.toString(), files: readdirSync(folder) }).toEqual({
      code: 2,
      stdout: printed,
      files: [],
    });
  });

  test.each([[[]], [["nonsense"]], [["generate"]], [["inspect", ".", "--graph", "x"]]])("%j", async (args) => {
    expect((await runCli(folder, args)).code).toBe(2);
  });
});

describe("unusable files end with 1", () => {
  test.each([
    [["--output", "no/x.png"], /the folder "no" does not exist/],
    [["--output", "no/"], /the folder "no" does not exist/],
    [["--output", "file.txt/x.png"], /--output: the folder "file\.txt" is not a folder/],
    [["--output", `${"x".repeat(300)}.png`], /--output: .* cannot be used/],
    [["--image", "no.png"], /the picture "no\.png" cannot be read/],
    [["--image", "file.txt"], /the picture "file\.txt" cannot be read/],
    [["--model", "no"], /no does not exist/],
    [["--variant", "no"], /has no variant "no"/],
  ])("generate a %j", async (args, message) => {
    writeFileSync(join(folder, "file.txt"), "not a picture");
    const { code, stderr } = await runCli(folder, ["generate", "a", ...args]);
    expect(stderr).toMatch(message);
    expect(stderr.trim()).not.toContain("\n");
    expect({ code, files: readdirSync(folder) }).toEqual({ code: 1, files: ["file.txt"] });
  });
});

test("--version and --help go to standard output", async () => {
  expect((await runCli(folder, ["--version"])).stdout.toString()).toMatch(/^\d+\.\d+\.\d+\n$/);
  const help = await runCli(folder, ["generate", "--help"]);
  expect(help.code).toBe(0);
  expect(help.stdout.toString()).toContain("Examples:");
});
