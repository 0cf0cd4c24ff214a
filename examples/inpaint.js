/** A part of an image is repainted, everything else keeps its bytes; then the image grows. */
import { Kandinsky3 } from "kandinsky3";

const pipe = await Kandinsky3.fromPretrained();
const { images: houses } = await pipe.textToImage({ prompt: "a red house in the snow", seed: 1 });
const [house] = houses;
const { width, height } = house;

// One byte a pixel, 255 is repainted: here the right half.
const mask = { width, height, data: new Uint8Array(width * height).map((_, i) => (i % width < width / 2 ? 0 : 255)) };
const { images: trees } = await pipe.inpaint({ prompt: "a green tree in the snow", image: house, mask, seed: 2 });
await trees[0].save("house-and-tree.png");

const { images: wide } = await pipe.inpaint({
  prompt: "snow",
  image: trees[0],
  extend: { left: 32, right: 32 },
  seed: 3,
});
await wide[0].save("wide.webp", { quality: 90 });
await pipe.close();
