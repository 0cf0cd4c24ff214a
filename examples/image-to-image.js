/** An image changed by another prompt: `strength` says how much. Both are put side by side by `sharp`. */
import { Kandinsky3 } from "kandinsky3";

const pipe = await Kandinsky3.fromPretrained();
const { images: before } = await pipe.textToImage({ prompt: "a red house in the snow", seed: 1 });
// A path, a URL object of a file, the bytes of a file, or pixels would do as well.
const { images: after } = await pipe.imageToImage({
  prompt: "a blue house in the snow",
  image: before[0],
  strength: 0.7,
  seed: 1,
});
const canvas = (await before[0].toSharp()).extend({ right: before[0].width });
await canvas
  .composite([{ input: await after[0].encode("png"), left: before[0].width, top: 0 }])
  .toFile("before-and-after.jpg");
await pipe.close();
