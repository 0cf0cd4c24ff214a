/** A model that cannot be right is refused whole, in one sentence that names file and key. */
import { cpSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Kandinsky3 } from "../../src/pipeline/kandinsky3.js";
import { temporaryFolder } from "../checkpoint/support.js";
import { diffusersFixture } from "../support/goldens.js";

function edit(file: string, change: (config: Record<string, unknown>) => Record<string, unknown>): void {
  writeFileSync(file, JSON.stringify(change(JSON.parse(readFileSync(file, "utf8")) as Record<string, unknown>)));
}

test.each<[string, (folder: string) => void, RegExp]>([
  [
    "missing config",
    (f) => {
      rmSync(join(f, "unet/config.json"));
    },
    /unet\/config\.json/,
  ],
  [
    "config without a key",
    (f) => {
      edit(join(f, "unet/config.json"), ({ groups: _, ...rest }) => rest);
    },
    /config\.json .* do not divide into 32 groups/,
  ],
  [
    "impossible value",
    (f) => {
      edit(join(f, "movq/config.json"), (c) => ({ ...c, latent_channels: -1 }));
    },
    /"latent_channels" is -1/,
  ],
  [
    "parts that do not fit",
    (f) => {
      edit(join(f, "unet/config.json"), (c) => ({ ...c, encoder_hid_dim: 48 }));
    },
    /encoder_hid_dim is 48, expected 32/,
  ],
  [
    "wrong shape",
    (f) => {
      edit(join(f, "text_encoder/config.json"), (c) => ({ ...c, d_ff: 65 }));
    },
    /wi_0\.weight/,
  ],
  [
    "missing tensor",
    (f) => {
      edit(join(f, "text_encoder/config.json"), (c) => ({ ...c, num_layers: 3 }));
    },
    /encoder\.block\.2/,
  ],
  [
    "unused tensor",
    (f) => {
      edit(join(f, "text_encoder/config.json"), (c) => ({ ...c, num_layers: 1 }));
    },
    /encoder\.block\.1/,
  ],
  [
    "truncated file",
    (f) => {
      truncateSync(join(f, "unet/diffusion_pytorch_model.safetensors"), 90_000);
    },
    /diffusion_pytorch_model\.safetensors/,
  ],
])("%s", async (_, damage, expected) => {
  const folder = temporaryFolder();
  cpSync(diffusersFixture("tiny"), folder, { recursive: true });
  damage(folder);
  const opened = Kandinsky3.fromPretrained(folder);
  await expect(opened).rejects.toMatchObject({ code: expect.stringMatching(/^(?:config|checkpoint)$/) as string });
  await expect(opened).rejects.toThrow(expected);
});
