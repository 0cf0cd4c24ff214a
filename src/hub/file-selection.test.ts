import { describe, expect, test } from "vitest";
import { HubError } from "../errors.js";
import { selectFiles } from "./file-selection.js";
import type { Listing, RepositoryFile } from "./listing.js";

function listingOf(...paths: readonly string[]): Listing {
  const files = paths.map((path): RepositoryFile => ({ path, size: 1, hash: "0".repeat(40), gitHash: "0".repeat(40) }));
  return { repository: "org/model", commit: "1".repeat(40), files };
}

const RELEASE = [
  "README.md",
  "assets/banner.png",
  "weights/kandinsky3.pt",
  "weights/kandinsky3_inpainting.pt",
  "weights/movq.pt",
  "weights/flan_ul2_encoder/config.json",
  "weights/flan_ul2_encoder/projection.pt",
  "weights/flan_ul2_encoder/spiece.model",
  "weights/notes.txt",
];

describe("the original release", () => {
  test("its networks, the text encoder's folder, and nothing else", () => {
    const selected = selectFiles(listingOf(...RELEASE), {}).map(({ path }) => path);
    expect(selected).toEqual(RELEASE.slice(2, 8));
  });

  test("a U-Net that is not wanted can be left out", () => {
    const exclude = ["weights/kandinsky3_inpainting.pt"];
    const selected = selectFiles(listingOf(...RELEASE), { exclude }).map(({ path }) => path);
    expect(selected).not.toContain("weights/kandinsky3_inpainting.pt");
    expect(selected).toContain("weights/kandinsky3.pt");
  });

  test("a repository of neither layout says what is expected", () => {
    expect(() => selectFiles(listingOf("README.md", "model.gguf"), {})).toThrow(HubError);
    expect(() => selectFiles(listingOf("README.md"), {})).toThrow(
      "has neither model_index.json nor weights/kandinsky3.pt",
    );
  });
});

test("a learned embedding beside a U-Net comes along", () => {
  const parts = ["unet", "movq"].flatMap((part) => [
    `${part}/config.json`,
    `${part}/diffusion_pytorch_model.safetensors`,
  ]);
  const paths = [
    "model_index.json",
    ...parts,
    "unet/null_embedding.safetensors",
    "text_encoder/config.json",
    "text_encoder/model.safetensors",
    "tokenizer/spiece.model",
    "scheduler/scheduler_config.json",
  ];
  expect(selectFiles(listingOf(...paths), {}).map(({ path }) => path)).toContain("unet/null_embedding.safetensors");
});
