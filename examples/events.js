/** Progress as it happens. Ctrl-C stops after the step that is running. */
import { AbortedError, Kandinsky3 } from "kandinsky3";

const stopping = new AbortController();
process.once("SIGINT", () => stopping.abort());

const pipe = await Kandinsky3.fromPretrained();
try {
  const events = pipe.generate({
    prompt: ["a red house in the snow", "a blue boat on the sea"],
    seed: [1, 2],
    numInferenceSteps: 10,
    signal: stopping.signal,
    // Latents that it returns would replace the step's.
    callbackOnStepEnd: ({ step, latents }) => {
      console.log(`step ${step}: latents ${latents.shape.join(" x ")}`);
    },
  });
  for await (const event of events) {
    if (event.type === "phase") {
      console.log(event.phase);
    } else if (event.type === "notice") {
      console.log(`note: ${event.message}`);
    } else if (event.type === "done") {
      await Promise.all(event.result.images.map((image, index) => image.save(`image-${index}.png`)));
    }
  }
} catch (error) {
  if (!(error instanceof AbortedError)) {
    throw error;
  }
  console.log("stopped");
} finally {
  await pipe.close();
}
