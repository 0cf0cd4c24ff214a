import { mkdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { describe, expect, test } from "vitest";
import { openModelFolder, openWeightsOf, componentPath } from "../../src/loading/model-folder.js";
import { describeReading } from "../../src/checkpoint/tensor-location.js";
import { CheckpointError, ConfigError } from "../../src/errors.js";
import { original } from "../support/goldens.js";
import { floatTensors, MODEL_INDEX, modelFiles, temporaryFolder, writeFiles } from "../checkpoint/support.js";

type Files = Record<string, string | Buffer | object>;

function modelWith(changes: Readonly<Record<string, string | Buffer | object | null>> = {}): string {
  const files: Files = modelFiles();
  for (const [path, content] of Object.entries(changes)) {
    if (content === null) {
      Reflect.deleteProperty(files, path);
    } else {
      files[path] = content;
    }
  }
  const folder = temporaryFolder();
  writeFiles(folder, files);
  return folder;
}

const UNET = "unet/diffusion_pytorch_model";
const weights = floatTensors({ "conv_in.weight": [2] });

describe("openModelFolder", () => {
  test("finds the parts, and further U-Nets by their folders", async () => {
    const path = modelWith({ "unet_inpainting/config.json": {}, "unet_other/config.json": {}, "README.md": "" });
    const folder = await openModelFolder(path);
    expect(folder).toMatchObject({ path, className: "Kandinsky3Pipeline" });
    expect([...folder.components]).toEqual([
      "tokenizer",
      "text_encoder",
      "unet",
      "movq",
      "scheduler",
      "unet_inpainting",
    ]);
    expect(componentPath(folder, "unet_inpainting")).toBe(join(path, "unet_inpainting"));
    expect(() => componentPath(folder, "unet_flash")).toThrow(
      '(Kandinsky3Pipeline) has no part "unet_flash", it has "tokenizer"',
    );
  });

  test("a missing folder, a file, a folder of something else", async () => {
    const folder = temporaryFolder();
    writeFiles(folder, { "kandinsky3.pt": "", "movq.pt": "", "other/README.md": "" });
    const none = join(folder, "none");
    const file = join(folder, "movq.pt");
    await expect(openModelFolder(none)).rejects.toThrow(new CheckpointError(`${none} does not exist`));
    await expect(openModelFolder(file)).rejects.toThrow(new CheckpointError(`${file} is a file, expected a folder`));
    await expect(openModelFolder(join(folder, "other"))).rejects.toThrow(
      "has no model_index.json, expected a model folder with model_index.json, or the original release with weights/kandinsky3.pt",
    );
    await expect(openModelFolder(folder)).rejects.toThrow(
      'holds Kandinsky 3 in its original layout, but lacks "flan_ul2_encoder"',
    );
  });

  test("another pipeline is named", async () => {
    const path = modelWith({ "model_index.json": { ...MODEL_INDEX, _class_name: "StableDiffusionPipeline" } });
    await expect(openModelFolder(path)).rejects.toThrow(ConfigError);
    await expect(openModelFolder(path)).rejects.toThrow(
      'model_index.json: "_class_name" is "StableDiffusionPipeline", expected a Kandinsky 3 pipeline',
    );
  });

  test("a part that the index lacks, and parts without a folder", async () => {
    const index = { ...MODEL_INDEX, movq: [null, null] };
    await expect(openModelFolder(modelWith({ "model_index.json": index }))).rejects.toThrow(
      '"movq[0]" is null, expected string; "movq[1]" is null, expected string',
    );
    const partial = modelWith({ "tokenizer/spiece.model": null, [`${UNET}.safetensors`]: null });
    await expect(openModelFolder(partial)).rejects.toThrow(
      'model_index.json is that of a Kandinsky3Pipeline, but there is no folder for "tokenizer", "unet"',
    );
  });
});

describe("openWeightsOf", () => {
  const open = async (path: string, variant?: string) =>
    openWeightsOf(await openModelFolder(path), "unet", { variant });

  test.each<[string, Record<string, string | Buffer | object | null>, string | undefined, string]>([
    ["the plain file", {}, undefined, `${UNET}.safetensors`],
    ["plain before variants", { [`${UNET}.fp16.safetensors`]: weights }, undefined, `${UNET}.safetensors`],
    ["the variant asked for", { [`${UNET}.fp16.safetensors`]: weights }, "fp16", `${UNET}.fp16.safetensors`],
    [
      "the only variant",
      { [`${UNET}.safetensors`]: null, [`${UNET}.bf16.safetensors`]: weights },
      undefined,
      `${UNET}.bf16.safetensors`,
    ],
    [
      "an index",
      {
        [`${UNET}.safetensors`]: null,
        [`${UNET}.safetensors.index.json`]: { weight_map: { "conv_in.weight": "s-1.safetensors" } },
        "unet/s-1.safetensors": weights,
      },
      undefined,
      `${UNET}.safetensors.index.json`,
    ],
    [
      "a variant's index",
      {
        [`${UNET}.safetensors.index.fp16.json`]: {
          weight_map: { "conv_in.weight": "diffusion_pytorch_model.fp16-00001-of-00001.safetensors" },
        },
        [`${UNET}.fp16-00001-of-00001.safetensors`]: weights,
      },
      "fp16",
      `${UNET}.safetensors.index.fp16.json`,
    ],
    [
      "a variant's index and shards as older writers spell them",
      {
        [`${UNET}.fp16.safetensors.index.json`]: {
          weight_map: { "conv_in.weight": "diffusion_pytorch_model-00001-of-00001.fp16.safetensors" },
        },
        [`${UNET}-00001-of-00001.fp16.safetensors`]: weights,
      },
      "fp16",
      `${UNET}.fp16.safetensors.index.json`,
    ],
    [
      "the single file before an index of the same variant",
      { [`${UNET}.safetensors.index.json`]: { weight_map: { a: "gone.safetensors" } } },
      undefined,
      `${UNET}.safetensors`,
    ],
  ])("%s", async (_, changes, variant, name) => {
    const source = await open(modelWith(changes), variant);
    expect(source.name).toBe(name);
    expect([...source.tensors.keys()]).toEqual(["conv_in.weight"]);
  });

  test("each part has its base name", async () => {
    const folder = await openModelFolder(modelWith());
    expect((await openWeightsOf(folder, "text_encoder")).name).toBe("text_encoder/model.safetensors");
    expect((await openWeightsOf(folder, "movq")).name).toBe("movq/diffusion_pytorch_model.safetensors");
    await expect(openWeightsOf(folder, "unet_flash")).rejects.toThrow('has no part "unet_flash"');
  });

  test("a variant that is not there: what is there is listed, shards are not taken for variants", async () => {
    const path = modelWith({
      [`${UNET}.fp16.safetensors`]: weights,
      [`${UNET}.int8-00001-of-00002.safetensors`]: weights,
    });
    await expect(open(path, "bf16")).rejects.toThrow(
      'unet has no variant "bf16", expected one of: no variant (diffusion_pytorch_model.safetensors), ' +
        '"fp16" (diffusion_pytorch_model.fp16.safetensors)',
    );
    await expect(open(path, "")).rejects.toThrow('unet has no variant ""');
    await expect(open(path, "../fp16")).rejects.toThrow('unet has no variant "../fp16"');
  });

  test("a variant that other parts have: this one is read as it is, and that is kept for the notes", async () => {
    const path = modelWith({ [`${UNET}.fp16.safetensors`]: weights });
    const folder = await openModelFolder(path);
    expect((await openWeightsOf(folder, "unet", { variant: "fp16" })).lackedVariant).toBeUndefined();
    for (const part of ["movq", "text_encoder"] as const) {
      const source = await openWeightsOf(folder, part, { variant: "fp16" });
      expect(source.lackedVariant).toBe("fp16");
      expect(describeReading(source)).toEqual([
        `${source.name} is taken as it is: this part has no files of the variant "fp16"`,
      ]);
    }
    await expect(openWeightsOf(folder, "movq", { variant: "bf16" })).rejects.toThrow('movq has no variant "bf16"');
  });

  test("several variants and none asked for", async () => {
    const path = modelWith({
      [`${UNET}.safetensors`]: null,
      [`${UNET}.fp16.safetensors`]: weights,
      [`${UNET}.non_ema.safetensors`]: weights,
    });
    await expect(open(path)).rejects.toThrow(
      'unet has several variants and none was asked for, expected one of: "fp16" (diffusion_pytorch_model.fp16.safetensors), ' +
        '"non_ema" (diffusion_pytorch_model.non_ema.safetensors)',
    );
  });

  test("safetensors come before PyTorch's own files, which are read where nothing else is there", async () => {
    const both = await open(modelWith({ [`${UNET}.bin`]: "never opened" }));
    expect(both.name).toBe("unet/diffusion_pytorch_model.safetensors");
    const bin = readFileSync(original.path("tiny/weights/flan_ul2_encoder/projection.pt"));
    const torch = await open(modelWith({ [`${UNET}.safetensors`]: null, [`${UNET}.bin`]: bin }));
    expect(torch.name).toBe("unet/diffusion_pytorch_model.bin");
    expect([...torch.tensors.keys()]).toEqual(["0.weight", "1.weight", "1.bias"]);
  });

  test("PyTorch files of other names, and nothing at all", async () => {
    const torch = modelWith({ [`${UNET}.safetensors`]: null, "unet/other.pt": "" });
    await expect(open(torch)).rejects.toThrow(
      'unet holds PyTorch files of other names ("other.pt"), ' +
        "expected diffusion_pytorch_model.safetensors or diffusion_pytorch_model.bin or their .index.json",
    );
    const empty = modelWith({ [`${UNET}.safetensors`]: null, "unet/config.json": {} });
    await expect(open(empty)).rejects.toThrow("unet holds no weights, expected diffusion_pytorch_model.safetensors");
  });
});

describe("a Hugging Face cache", () => {
  /** Blobs under their hashes, and a snapshot of relative links to them, as huggingface_hub lays them out. */
  function cache(files: Files): { snapshot: string; blobOf: (path: string) => string } {
    const root = join(temporaryFolder(), "models--kandinsky-community--kandinsky-3");
    const snapshot = join(root, "snapshots", "bf79e6c219da8a94abb50235fdc4567eb8fb4632");
    const blobOf = (path: string) => join(root, "blobs", Buffer.from(path).toString("hex").padEnd(40, "0"));
    for (const [path, content] of Object.entries(files)) {
      const link = join(snapshot, path);
      writeFiles("/", { [blobOf(path)]: content });
      mkdirSync(dirname(link), { recursive: true });
      symlinkSync(relative(dirname(link), blobOf(path)), link);
    }
    return { snapshot, blobOf };
  }

  test("is opened through its links, single files and shards alike; locations keep the links' names", async () => {
    const index = "text_encoder/model.safetensors.index.json";
    const files: Files = {
      ...modelFiles(),
      [index]: { weight_map: { "shared.weight": "model-00001-of-00001.safetensors" } },
    };
    files["text_encoder/model-00001-of-00001.safetensors"] = files["text_encoder/model.safetensors"] ?? "";
    delete files["text_encoder/model.safetensors"];
    const { snapshot } = cache(files);
    const folder = await openModelFolder(snapshot);
    const unet = await openWeightsOf(folder, "unet");
    const text = await openWeightsOf(folder, "text_encoder");
    expect(unet.tensors.get("conv_in.weight")?.file).toBe(join(snapshot, `${UNET}.safetensors`));
    expect(text.name).toBe(index);
    expect(text.tensors.get("shared.weight")?.file).toBe(
      join(snapshot, "text_encoder/model-00001-of-00001.safetensors"),
    );
  });

  test("a blob that is gone is named with its link", async () => {
    const { snapshot, blobOf } = cache(modelFiles());
    rmSync(blobOf(`${UNET}.safetensors`));
    const folder = await openModelFolder(snapshot);
    await expect(openWeightsOf(folder, "unet")).rejects.toThrow(
      /^unet\/diffusion_pytorch_model\.safetensors is a link to "\.\.\/\.\.\/\.\.\/blobs\/[0-9a-f]+", which does not exist$/,
    );
    rmSync(blobOf("model_index.json"));
    await expect(openModelFolder(snapshot)).rejects.toThrow("model_index.json is a link to");
  });
});
