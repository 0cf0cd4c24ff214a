/** The original release as a model folder: what is recognised, what its parts hold, and how its dimensions are found. */
import { copyFileSync, cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { openModelFolder, openNullEmbedding, openWeightsOf, componentPath } from "../../../src/loading/model-folder.js";
import { readComponentConfig } from "../../../src/loading/component-config.js";
import type { TensorLocation } from "../../../src/checkpoint/tensor-location.js";
import { CheckpointError, ConfigError } from "../../../src/errors.js";
import { decodeHalf, encodeHalf } from "../../../src/tensor/float16.js";
import { original } from "../../support/goldens.js";
import { temporaryFolder } from "../../checkpoint/support.js";
import type { ModelFolder } from "../../../src/loading/layout.js";

const TINY = original.path("tiny");

/** A copy of the miniature release without the files named. */
function releaseWithout(...paths: string[]): string {
  const folder = temporaryFolder();
  cpSync(TINY, folder, { recursive: true });
  for (const path of paths) {
    rmSync(join(folder, path), { recursive: true });
  }
  return folder;
}

function bytesAt({ file, offset, length }: TensorLocation): Buffer {
  return readFileSync(file).subarray(offset, offset + length);
}

function floatsAt(location: TensorLocation): Float32Array {
  const bytes = new Uint8Array(bytesAt(location)).buffer;
  return location.dtype === "float16" ? decodeHalf(new Uint16Array(bytes), "float16") : new Float32Array(bytes);
}

describe("recognition", () => {
  test("the folder above weights/ and weights/ itself", async () => {
    for (const path of [TINY, join(TINY, "weights")]) {
      const folder = await openModelFolder(path);
      expect(folder).toMatchObject({ path, layout: "original", root: join(TINY, "weights") });
      expect([...folder.components].join()).toBe(
        "tokenizer,text_encoder,unet,movq,scheduler,unet_inpainting,unet_flash",
      );
      expect(componentPath(folder, "tokenizer")).toBe(join(TINY, "weights", "flan_ul2_encoder"));
    }
  });

  test("a release for inpainting alone", async () => {
    const folder = await openModelFolder(releaseWithout("weights/kandinsky3.pt", "weights/kandinsky3_flash.pt"));
    expect(folder.components.has("unet")).toBe(false);
    expect((await openWeightsOf(folder, "unet_inpainting")).tensors.size).toBe(751);
    await expect(openWeightsOf(folder, "unet")).rejects.toThrow('(original release) has no part "unet", it has');
  });

  test("a release that is not whole", async () => {
    const path = releaseWithout("weights/movq.pt", "weights/flan_ul2_encoder");
    await expect(openModelFolder(path)).rejects.toThrow(CheckpointError);
    await expect(openModelFolder(path)).rejects.toThrow(
      `${join(path, "weights")} holds Kandinsky 3 in its original layout, but lacks "flan_ul2_encoder", "movq.pt"`,
    );
    const folder = await openModelFolder(releaseWithout("weights/flan_ul2_encoder/projection_flash.pt"));
    await expect(openWeightsOf(folder, "unet_flash")).rejects.toThrow(
      "flan_ul2_encoder/projection_flash.pt does not exist",
    );
  });
});

describe("the networks under diffusers' names", () => {
  const open = (): Promise<ModelFolder> => openModelFolder(TINY);

  test("a U-Net with its projection, in place", async () => {
    const { name, tensors } = await openWeightsOf(await open(), "unet_inpainting");
    expect(name).toBe("weights/kandinsky3_inpainting.pt with weights/flan_ul2_encoder/projection_inpainting.pt");
    expect(tensors.get("conv_in.weight")).toMatchObject({
      file: join(TINY, "weights/kandinsky3_inpainting.pt"),
      shape: [4, 9, 3, 3],
      dtype: "float16",
    });
    expect(tensors.get("encoder_hid_proj.projection_linear.weight")).toMatchObject({
      file: join(TINY, "weights/flan_ul2_encoder/projection_inpainting.pt"),
      shape: [32, 24],
      dtype: "float32",
    });
  });

  test("MoVQ's attention as matrices", async () => {
    const { tensors } = await openWeightsOf(await open(), "movq");
    expect(tensors.get("decoder.mid_block.attentions.0.to_q.weight")?.shape).toEqual([64, 64]);
    expect(tensors.get("quant_conv.weight")?.shape).toEqual([4, 4, 1, 1]);
    expect(tensors.has("quantize.embedding.weight")).toBe(false);
  });

  test("null embeddings, with and without a leading axis", async () => {
    const folder = await open();
    for (const [part, dtype] of [["unet", "float32"], ["unet_inpainting", "float16"], ["unet_flash", "float16"]] as const) {
      const location = await openNullEmbedding(folder, part);
      expect(location).toMatchObject({ dtype, shape: [32] });
    } // prettier-ignore
  });
});

test("the first release's file holds the same weights, projection included", async () => {
  const folder = releaseWithout("weights/kandinsky3.pt", "weights/flan_ul2_encoder/projection.pt");
  copyFileSync(original.path("layout-3.0/kandinsky3.pt"), join(folder, "weights/kandinsky3.pt"));
  const older = await openModelFolder(folder);
  const [{ tensors, name }, newer] = [
    await openWeightsOf(older, "unet"),
    await openWeightsOf(await openModelFolder(TINY), "unet"),
  ];
  expect(name).toBe("weights/kandinsky3.pt");
  expect([...tensors.keys()]).toEqual([...newer.tensors.keys()]);
  for (const [key, location] of newer.tensors) {
    const found = tensors.get(key) ?? expect.fail(key);
    const expected = floatsAt(location);
    if (key.startsWith("encoder_hid_proj.")) {
      expect(bytesAt(found).equals(bytesAt(location)), key).toBe(true);
    } else {
      expect(found.dtype).toBe("float16");
      expect(floatsAt(found), key).toEqual(decodeHalf(encodeHalf(expected, "float16"), "float16"));
    }
  }
  const [one, other] = [
    await openNullEmbedding(older, "unet"),
    await openNullEmbedding(await openModelFolder(TINY), "unet"),
  ];
  expect(one && bytesAt(one)).toEqual(other && bytesAt(other));
});

describe("dimensions", () => {
  const FULL_UNET = {
    in_channels: 4,
    time_embedding_dim: 1536,
    groups: 32,
    attention_head_dim: 64,
    layers_per_block: 3,
    block_out_channels: [384, 768, 1536, 3072],
    cross_attention_dim: 4096,
    encoder_hid_dim: 24,
  };

  test("without a config.json, or with one that is about something else, they are the release's", async () => {
    const path = releaseWithout("config.json");
    for (const other of [undefined, {}, { unet: "elsewhere" }]) {
      if (other !== undefined) {
        writeFileSync(join(path, "config.json"), JSON.stringify(other));
      }
      const folder = await openModelFolder(path);
      expect((await readComponentConfig(folder, "unet")).json).toMatchObject(FULL_UNET);
      expect((await readComponentConfig(folder, "unet_inpainting")).json).toMatchObject({
        ...FULL_UNET,
        in_channels: 9,
        out_channels: 4,
      });
      expect((await readComponentConfig(folder, "movq")).json).toMatchObject({
        block_out_channels: [256, 512, 512, 1024],
        layers_per_block: 2,
        norm_num_groups: 32,
        down_block_types: ["DownEncoderBlock2D", "DownEncoderBlock2D", "DownEncoderBlock2D", "AttnDownEncoderBlock2D"],
        up_block_types: ["AttnUpDecoderBlock2D", "UpDecoderBlock2D", "UpDecoderBlock2D", "UpDecoderBlock2D"],
      });
    }
  });

  test("a config.json beside weights/ states others, for weights/ itself too", async () => {
    for (const path of [TINY, join(TINY, "weights")]) {
      const { json } = await readComponentConfig(await openModelFolder(path), "unet");
      expect(json).toMatchObject({ block_out_channels: [8, 16, 16, 24], layers_per_block: 2, groups: 2 });
    }
  });

  test("dimensions that the network cannot have", async () => {
    const path = releaseWithout();
    const config = JSON.parse(readFileSync(join(path, "config.json"), "utf8")) as { unet: Record<string, unknown> };
    const folder = await openModelFolder(path);
    for (const [key, value, sentence] of [
      ["add_self_attention", [true, true, true, true], '"unet.add_self_attention[0]" is true, expected false'],
      ["num_blocks", [2, 3, 2, 2], '"unet.num_blocks" is [2,3,2,2], expected the same number at every level'],
      ["init_channels", 8, '"unet.init_channels" is 8, expected half the channels of the first level'],
    ] as const) {
      const changed = { ...config, unet: { ...config.unet, [key]: value } };
      writeFileSync(join(path, "config.json"), JSON.stringify(changed));
      await expect(readComponentConfig(folder, "unet")).rejects.toThrow(ConfigError);
      await expect(readComponentConfig(folder, "unet")).rejects.toThrow(`${join(path, "config.json")}: ${sentence}`);
    }
  });
});

test("null embeddings that are no vector", async () => {
  const folder = releaseWithout("weights/kandinsky3.pt");
  mkdirSync(dirname(join(folder, "weights/kandinsky3.pt")), { recursive: true });
  copyFileSync(original.path("bad/missing_null_embedding.pt"), join(folder, "weights/kandinsky3.pt"));
  await expect(openNullEmbedding(await openModelFolder(folder), "unet")).rejects.toThrow(
    'weights/kandinsky3.pt: "null_embedding" is missing, expected a tensor',
  );
});
