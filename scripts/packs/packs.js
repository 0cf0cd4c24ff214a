/**
 * What is kept packed in git, and what its packer knows of it: files that would weigh too much as they are lie in
 * `packs/NAME.pack`, their checksums beside it in `packs/NAME.sha256`, and `unpack.js` puts them in their places, which git ignores.
 */
import { readdirSync } from "node:fs";
import { basename, join, relative } from "node:path";

/**
 * Weights that PyTorch drew from a seed, parameter by parameter in the order of their names, as `seeded_weights` of the fixtures'
 * makers does. Matrices are divided by the root of their inputs; vectors called `weight` lie around 1 with `spread`, others around 0.
 * `rules` then multiply and add where a name contains the text.
 *
 * @typedef {object} DrawnWeights
 * @property {string} file
 * @property {number} seed
 * @property {number} spread
 * @property {string} [prefix] of the names in the file; tensors without it are not of the draw
 * @property {readonly (readonly [text: string, factor: number, offset: number])[]} rules
 */

/**
 * @typedef {object} PackDefinition
 * @property {string} name
 * @property {string} root folder of the packed files, from the repository's root
 * @property {RegExp} files which files below the root are packed
 * @property {readonly DrawnWeights[]} drawn
 * @property {readonly (readonly [file: string, earlier: string])[]} near weights that were trained on from those of another file
 */

const DIFFUSERS_SPREAD = 0.25;
const ORIGINAL_SPREAD = 0.2;
const ORIGINAL_UNET = [
  ["context_mlp.1.weight", 0.4, 0],
  ["to_query", 1.5, 0],
  ["resnet_blocks.3.projection", 0.6, 0],
  ["attention.output_layer", 0.8, 0],
  ["feed_forward.2", 0.8, 0],
];
const originalUnet = (/** @type {string} */ name, /** @type {number} */ seed) => ({
  file: `original/tiny/weights/${name}.pt`,
  prefix: "unet.",
  seed,
  spread: ORIGINAL_SPREAD,
  rules: ORIGINAL_UNET,
});

/** @type {readonly PackDefinition[]} */
export const PACKS = [
  {
    name: "nano",
    root: "models/nano",
    files: /\.safetensors$/,
    drawn: [],
    near: [["unet_inpainting/diffusion_pytorch_model.safetensors", "unet/diffusion_pytorch_model.safetensors"]],
  },
  {
    name: "fixtures",
    root: "test/fixtures",
    files: /\.(?:npy|safetensors|pt|bin|model|index[^/]*\.json)$|(?:^|\/)tokenizer\.json$/,
    drawn: [
      {
        file: "diffusers/tiny/text_encoder/model.safetensors",
        seed: 20231122,
        spread: DIFFUSERS_SPREAD,
        rules: [
          ["shared", Math.sqrt(32), 0],
          ["SelfAttention.q", 8 ** -0.5, 0],
          ["relative_attention_bias", 0.5 * Math.sqrt(4), 0],
        ],
      },
      {
        file: "diffusers/tiny/unet/diffusion_pytorch_model.safetensors",
        seed: 20231123,
        spread: DIFFUSERS_SPREAD,
        rules: [["context_mlp.1.weight", 0.5, 0]],
      },
      {
        file: "diffusers/tiny/movq/diffusion_pytorch_model.safetensors",
        seed: 20231124,
        spread: DIFFUSERS_SPREAD,
        rules: [
          ["conv_y.weight", 0.4, 0],
          ["conv_y.bias", 1, 1],
          ["decoder.conv_out.weight", 0.35, 0],
          ["quantize.embedding.weight", Math.sqrt(4), 0],
        ],
      },
      originalUnet("kandinsky3", 31011),
      originalUnet("kandinsky3_inpainting", 31012),
      originalUnet("kandinsky3_flash", 31013),
      {
        file: "original/tiny/weights/movq.pt",
        seed: 31031,
        spread: ORIGINAL_SPREAD,
        rules: [
          ["conv_y.weight", 0.3, 0],
          ["conv_y.bias", 1, 1],
          ["conv_b.weight", 0.3, 0],
          ["conv2.weight", 0.6, 0],
          ["decoder.conv_out.weight", 0.45, 0],
        ],
      },
    ],
    near: [],
  },
];

/**
 * The files of a pack that lie below `root` now, as paths from there: what others are foretold from comes first, then alike names
 * together, which is where the compression finds likeness.
 *
 * @param {PackDefinition} pack
 * @param {string} root
 */
export function filesToPack({ files, drawn, near }, root) {
  const origins = [...drawn.map(({ file }) => file), ...near.map(([, earlier]) => earlier)];
  const key = (/** @type {string} */ path) => `${origins.includes(path) ? 0 : 1} ${basename(path)} ${path}`;
  return filesBelow(root)
    .filter((path) => files.test(path))
    .sort((a, b) => (key(a) < key(b) ? -1 : 1));
}

/** @param {string} root */
function filesBelow(root) {
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).replaceAll("\\", "/"));
}
