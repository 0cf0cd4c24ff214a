/** The original release on the command line: it runs, and each hostile or damaged file is refused in one sentence, without a trace. */
import { copyFileSync, cpSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, expect, test } from "vitest";
import { parseNpy } from "../../../src/tensor/npy.js";
import { type GoldenCase, original } from "../../support/goldens.js";
import { runCli, scratchFolder } from "../run-cli.js";

interface BadCheckpoint extends GoldenCase {
  readonly file: string;
  readonly replaces: string;
  readonly expect: { readonly exit_code: number; readonly stderr_mentions: readonly string[] };
}

const TINY = original.path("tiny");
const REQUEST = ["generate", "red teapot on a bench", "--steps", "2", "--width", "64", "--height", "64", "--seed", "1"];

test("it runs as it is, from the folder above weights/ and from weights/ itself", async () => {
  const scratch = scratchFolder();
  for (const [index, model] of [TINY, join(TINY, "weights")].entries()) {
    const { code, stderr } = await runCli(scratch, [...REQUEST, "--model", model, "--output", `${index}.npy`]);
    expect([code, stderr]).toEqual([0, ""]);
  }
  const [above, itself] = ["0.npy", "1.npy"].map((name) => readFileSync(join(scratch, name)));
  expect(above && parseNpy(above).shape).toEqual([1, 64, 64, 3]);
  expect(above?.equals(itself ?? Buffer.alloc(0))).toBe(true);
});

test("inspect tells its parts", async () => {
  const { code, stdout } = await runCli(scratchFolder(), ["inspect", TINY, "--json"]);
  expect(code).toBe(0);
  expect(JSON.parse(stdout.toString())).toMatchObject({
    className: "original release",
    parts: {
      tokenizer: { files: expect.arrayContaining(["weights/flan_ul2_encoder/spiece.model"]) as unknown },
      unet: { files: ["weights/kandinsky3.pt", "weights/flan_ul2_encoder/projection.pt"] },
      unet_inpainting: { config: { in_channels: 9, out_channels: 4 } },
      movq: { config: { norm_num_groups: 32, num_vq_embeddings: null } },
      scheduler: { config: { beta_schedule: "squaredcos_cap_v2" } },
    },
  });
});

describe("in place of a sound file", () => {
  test.each(original.cases<BadCheckpoint>("bad_checkpoint"))("$file", async ({ file, replaces, expect: expected }) => {
    const scratch = scratchFolder();
    cpSync(TINY, join(scratch, "model"), { recursive: true });
    copyFileSync(original.path(file), join(scratch, "model", replaces));
    const { code, stdout, stderr } = await runCli(scratch, [...REQUEST, "--model", "model", "--output", "out.png"]);
    expect([code, stdout.toString()]).toEqual([expected.exit_code, ""]);
    expect(stderr).toMatch(/^kandinsky3: [^\n]+\n$/);
    for (const word of expected.stderr_mentions) {
      // The file goes by the name that it took here.
      expect(stderr).toContain(word === basename(file) ? basename(replaces) : word);
    }
    expect(readdirSync(scratch)).toEqual(["model"]);
    expect(readdirSync(join(scratch, "model"))).not.toContain("PWNED");
  });
});

test("a link is told with the file that it leads to", async () => {
  const scratch = scratchFolder();
  cpSync(TINY, join(scratch, "model"), { recursive: true });
  rmSync(join(scratch, "model/weights/kandinsky3.pt"));
  symlinkSync(original.path("bad/evil.pt"), join(scratch, "model/weights/kandinsky3.pt"));
  const { code, stderr } = await runCli(scratch, [...REQUEST, "--model", "model", "--output", "out.png"]);
  expect(code).toBe(1);
  expect(stderr).toMatch(/^kandinsky3: weights\/kandinsky3\.pt \(a link to evil\.pt\): .*posix\.system/);
});
