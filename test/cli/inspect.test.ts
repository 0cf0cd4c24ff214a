/** `inspect` of the bundled model, as text, as JSON and as a graph. */
import { expect, test } from "vitest";
import { NANO, runCli, startCli } from "./run-cli.js";

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
