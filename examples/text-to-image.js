/** An image from a prompt. The same seed gives the same image. */
import { Kandinsky3 } from "kandinsky3";

const pipe = await Kandinsky3.fromPretrained();
const { images } = await pipe.textToImage({ prompt: "a red house in the snow", seed: 1 });
await images[0].save("house.png");
console.log(images[0].settings);
await pipe.close();
