/** `inspect` of the bundled model, as text, as JSON and as a graph. */
import { cpSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { diffusersFixture } from "../support/goldens.js";
import { NANO, runCli, scratchFolder, startCli } from "./run-cli.js";

/** A copy of a fixture that may be damaged. */
function copyOf(model: string): string {
  const folder = scratchFolder();
  onTestFinished(() => {
    rmSync(folder, { recursive: true });
  });
  cpSync(diffusersFixture(model), folder, { recursive: true });
  return folder;
}

test("the parts with their dimensions, counts and dtypes", async () => {
  const { code, stdout } = await runCli(NANO, ["inspect", NANO]);
  const text = stdout.toString();
  expect(code).toBe(0);
  expect(text).toMatch(/^unet\n {2}8,981,236 \(8\.98 M\) parameters in 755 tensors, 17\.1 MiB$/m);
  expect(text).toMatch(/^ {2}block_out_channels +\[96,64,96,128\]$/m);
  expect(text).toMatch(/^ {2}files +movq\/diffusion_pytorch_model\.safetensors$/m);
});

test("--json says the same in numbers", async () => {
  const { stdout } = await runCli(NANO, ["inspect", NANO, "--json"]);
  expect(JSON.parse(stdout.toString())).toMatchObject({
    path: NANO,
    className: "Kandinsky3Pipeline",
    parts: {
      tokenizer: { files: expect.arrayContaining(["tokenizer/spiece.model"]) as unknown },
      unet: {
        config: { in_channels: 4, block_out_channels: [96, 64, 96, 128] },
        weights: { parameters: 8_981_236, dtypes: { float16: { parameters: 8_981_236 } } },
      },
      unet_inpainting: { config: { in_channels: 9 } },
    },
  });
});

test.each([
  ["unet", /^return prediction: %\d+$/m],
  ["text_encoder", /^return last_hidden_state: /m],
  ["movq", /^return decode: /m],
  ["unet_inpainting", /input sample: float32\[1, 9, 64, 64\]/m],
])("--graph %s prints the network", async (part, line) => {
  const { code, stdout } = await runCli(NANO, ["inspect", NANO, "--graph", part]);
  expect(code).toBe(0);
  expect(stdout.toString()).toMatch(line);
});

test("a reader that leaves early is no error to speak of", async () => {
  const { child, outcome } = startCli(NANO, ["inspect", NANO, "--graph", "unet"]);
  child.stdout?.destroy();
  expect((await outcome).stderr).toBe("");
});

test("every tensor that does not fit is listed, where a message names the first five", async () => {
  const folder = copyOf("tiny");
  const config = join(folder, "text_encoder/config.json");
  const parsed = JSON.parse(readFileSync(config, "utf8")) as Record<string, number>;
  writeFileSync(config, JSON.stringify({ ...parsed, num_layers: 1 + (parsed["num_layers"] ?? 0) }));
  const refused = await runCli(folder, ["generate", "a", "--model", folder]);
  expect(refused.code).toBe(1);
  expect(refused.stderr).toMatch(/ tensors are missing: (?:"[^"]+"(?:, )?){5} and \d+ more\n$/);
  const missing = Number(/(\d+) tensors are missing/.exec(refused.stderr)?.[1]);
  const { code, stdout } = await runCli(folder, ["inspect", folder]);
  expect(code).toBe(0);
  expect(stdout.toString().match(/^ {2}text_encoder\/model\.safetensors: ".*" is missing$/gm)).toHaveLength(missing);
  const described = JSON.parse((await runCli(folder, ["inspect", folder, "--json"])).stdout.toString()) as object;
  expect(described).toMatchObject({ problems: expect.objectContaining({ length: missing }) as unknown });
});

test("an index that names tensors which its shards do not hold: all of them, in text and as JSON", async () => {
  const folder = copyOf("tiny");
  rmSync(join(folder, "text_encoder"), { recursive: true });
  cpSync(diffusersFixture("tiny-sharded/text_encoder"), join(folder, "text_encoder"), { recursive: true });
  const index = join(folder, "text_encoder/model.safetensors.index.json");
  const parsed = JSON.parse(readFileSync(index, "utf8")) as { weight_map: Record<string, string> };
  const [shard = ""] = Object.values(parsed.weight_map);
  const names = Array.from({ length: 40 }, (_, place) => `made.up.${place}`);
  const weightMap = { ...parsed.weight_map, ...Object.fromEntries(names.map((name) => [name, shard])) };
  writeFileSync(index, JSON.stringify({ ...parsed, weight_map: weightMap }));
  const { code, stdout } = await runCli(folder, ["inspect", folder]);
  expect(code).toBe(0);
  expect(stdout.toString().match(/^ {2}text_encoder: "made\.up\.\d+" is not in the shard/gm)).toHaveLength(40);
  const described = JSON.parse((await runCli(folder, ["inspect", folder, "--json"])).stdout.toString()) as object;
  expect(described).toMatchObject({ problems: { length: 40 }, parts: { unet: { config: { groups: 2 } } } });
});
