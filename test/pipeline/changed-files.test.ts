/** A file of the model that changes while the model is open is named, whatever it does to the engine. */
import { appendFileSync, cpSync, readFileSync, rmSync, truncateSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { Kandinsky3 } from "../../src/pipeline/kandinsky3.js";
import { temporaryFolder } from "../checkpoint/support.js";
import { diffusersFixture } from "../support/goldens.js";

const request = { prompt: "a red cat", seed: 1, numInferenceSteps: 1, width: 64, height: 64 };
const UNET = "unet/diffusion_pytorch_model.safetensors";
const MOVQ = "movq/diffusion_pytorch_model.safetensors";

async function openCopy(): Promise<{ readonly folder: string; readonly pipe: Kandinsky3 }> {
  const folder = temporaryFolder();
  cpSync(diffusersFixture("tiny"), folder, { recursive: true });
  const pipe = await Kandinsky3.fromPretrained(folder, { promptCache: false });
  onTestFinished(() => pipe.close());
  return { folder, pipe };
}

test.each<[string, (file: string) => void, string]>([
  [
    UNET,
    (file) => {
      truncateSync(file, 90_000);
    },
    "had 1?[0-9]+ bytes and has 90000 now",
  ],
  [
    "text_encoder/model.safetensors",
    (file) => {
      const bytes = readFileSync(file);
      writeFileSync(file, bytes.fill(0, bytes.length - 8));
      utimesSync(file, 1, 1);
    },
    "was written to",
  ],
  [
    "tokenizer/spiece.model",
    (file) => {
      truncateSync(file, 10);
    },
    "has 10 now",
  ],
  [
    "movq/config.json",
    (file) => {
      appendFileSync(file, " ");
    },
    "had \\d+ bytes",
  ],
])("%s between two pictures", async (name, change, expected) => {
  const { folder, pipe } = await openCopy();
  await pipe.textToImage(request);
  change(join(folder, name));
  const failed = pipe.textToImage(request);
  await expect(failed).rejects.toMatchObject({ code: "checkpoint" });
  await expect(failed).rejects.toThrow(
    new RegExp(`${join(folder, name)} changed while it was in use \\(it .*${expected}.*open the model again`),
  );
});

test("weights that are cut short under way, before they are opened", async () => {
  const { folder, pipe } = await openCopy();
  const run = async (): Promise<void> => {
    for await (const event of pipe.generate(request)) {
      if (event.type === "settings") {
        truncateSync(join(folder, MOVQ), 1000);
      }
    }
  };
  await expect(run()).rejects.toThrow(/movq\/diffusion_pytorch_model\.safetensors changed while it was in use/);
});

test("what was made all the same is handed over, with a note", async () => {
  const { folder, pipe } = await openCopy();
  const notices: string[] = [];
  let images = 0;
  for await (const event of pipe.generate(request)) {
    if (event.type === "step") {
      utimesSync(join(folder, UNET), 1, 1);
    } else if (event.type === "notice") {
      notices.push(event.message);
    } else if (event.type === "done") {
      images = (event.result.images as readonly unknown[]).length;
    }
  }
  expect(images).toBe(1);
  expect(notices.at(-1)).toMatch(/^what was made may be spoilt: .*unet.*\(it was written to\)/);
});

test("a file that is gone is no change: it is still there for whoever has it open", async () => {
  const { folder, pipe } = await openCopy();
  const first = await pipe.textToImage(request);
  rmSync(join(folder, "README.md"), { force: true });
  rmSync(join(folder, "tokenizer/spiece.model"));
  expect((await pipe.textToImage(request)).latents).toEqual(first.latents);
});
