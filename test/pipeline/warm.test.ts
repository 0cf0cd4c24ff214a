/** A pipe that keeps its components open: what is opened, what is freed, and that the images are those of a fresh one. */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, test, vi } from "vitest";
import type { Phase } from "../../src/pipeline/events.js";
import { Kandinsky3, type GenerationResult, type InputsFor, type RawImage, type TextInputs } from "../../src/index.js";
import { InferenceProcess } from "../../src/runtime/inference-process.js";

const FAST = { prompt: "a red house in the snow", seed: 1, numInferenceSteps: 3 } as const;
const OTHERS: InputsFor<TextInputs, "image">[] = [
  { ...FAST, prompt: "a blue boat" },
  { ...FAST, prompt: "a green tree in the snow beside a yellow house", negativePrompt: "a cat" },
  { ...FAST, numInferenceSteps: 5, seed: 7 },
  { ...FAST, prompt: ["a red house", "a blue boat on the sea"], guidanceScale: 3 },
  { ...FAST, width: 64, height: 192, reuseFeatures: 2 },
];

afterEach(() => {
  vi.restoreAllMocks();
});

const bytesOf = ({ images }: GenerationResult<readonly RawImage[]>): Buffer =>
  Buffer.concat(images.map(({ data }) => data));

test.each(["fp32", "int8"])(
  "in %s every image is that of a pipe that opens everything anew",
  { timeout: 300_000 },
  async (dtype) => {
    await using warm = await Kandinsky3.fromPretrained(undefined, { promptCache: false, dtype });
    await using cold = await Kandinsky3.fromPretrained(undefined, { promptCache: false, keepAlive: 0, dtype });
    for (const inputs of [FAST, ...OTHERS, FAST]) {
      const [kept, fresh] = [bytesOf(await warm.textToImage(inputs)), bytesOf(await cold.textToImage(inputs))];
      expect(Buffer.compare(kept, fresh), JSON.stringify(inputs)).toBe(0);
    }
  },
);

test("the second image opens nothing, whatever its prompt and its number of steps", { timeout: 300_000 }, async () => {
  const opened = vi.spyOn(InferenceProcess.prototype, "open");
  const started = vi.spyOn(InferenceProcess, "start");
  await using pipe = await Kandinsky3.fromPretrained(undefined, { promptCache: false });
  await pipe.textToImage(FAST);
  expect(opened).toHaveBeenCalled();
  expect(started).toHaveBeenCalledTimes(3);
  opened.mockClear();
  await pipe.textToImage(FAST);
  await pipe.textToImage({ ...FAST, prompt: "a blue boat" });
  await pipe.textToImage({ ...FAST, prompt: "a green tree in the snow beside a yellow house", numInferenceSteps: 4 });
  expect(opened).not.toHaveBeenCalled();
  expect(started).toHaveBeenCalledTimes(3);
});

test(
  "another size opens its own body and decoder, and the sizes used last stay open",
  { timeout: 300_000 },
  async () => {
    await using pipe = await Kandinsky3.fromPretrained();
    const opened = vi.spyOn(InferenceProcess.prototype, "open");
    const sessionsFor = async (side: number): Promise<number> => {
      opened.mockClear();
      await pipe.textToImage({ ...FAST, width: side, height: side });
      return opened.mock.calls.length;
    };
    await sessionsFor(128);
    expect(await sessionsFor(64)).toBe(2);
    expect(await sessionsFor(192)).toBe(2);
    expect([await sessionsFor(128), await sessionsFor(64), await sessionsFor(192)]).toEqual([0, 0, 0]);
    await sessionsFor(256);
    expect(await sessionsFor(192)).toBe(0);
    expect(await sessionsFor(128)).toBe(2);
  },
);

test("what cannot stay open beside the others is closed, and said once", { timeout: 300_000 }, async () => {
  const notes: string[] = [];
  const onNote = (note: string): void => void notes.push(note);
  await using pipe = await Kandinsky3.fromPretrained(undefined, { promptCache: false, maxMemory: "480MB", onNote });
  const first = bytesOf(await pipe.textToImage(FAST));
  expect(Buffer.compare(bytesOf(await pipe.textToImage(FAST)), first)).toBe(0);
  const told = notes.filter((note) => note.includes("does not stay open beside the other components"));
  expect(told[0]).toMatch(/^(text_encoder|unet|image_decoder) does not stay open .* [\d.]+ MB together; /);
  expect(new Set(told).size).toBe(told.length);
});

test("a repeated prompt is conditioned on once", { timeout: 300_000 }, async () => {
  await using pipe = await Kandinsky3.fromPretrained();
  await pipe.textToImage(FAST);
  const uploaded = vi.spyOn(InferenceProcess.prototype, "upload");
  await pipe.textToImage({ ...FAST, seed: 2 });
  expect(uploaded).not.toHaveBeenCalled();
  await pipe.textToImage({ ...FAST, prompt: "a blue boat" });
  expect(uploaded).toHaveBeenCalled();
});

test(
  "a text that is about to be forgotten is still there for the prompt that pushes it out",
  { timeout: 300_000 },
  async () => {
    await using pipe = await Kandinsky3.fromPretrained();
    const guided = { numInferenceSteps: 1, guidanceScale: 3, seed: 1, outputType: "latent" } as const;
    const expected = await pipe.textToImage({ ...guided, prompt: "a blue boat" });
    // The empty text of its length is now the one that was not used for longest of those that stay.
    for (const color of ["red", "blue", "green", "yellow", "pink", "purple", "orange"]) {
      await pipe.textToImage({ ...guided, guidanceScale: 1, prompt: `a ${color} house in the snow` });
    }
    await pipe.textToImage({ ...guided, prompt: "a red boat" });
    expect((await pipe.textToImage({ ...guided, prompt: "a blue boat" })).latents).toEqual(expected.latents);
  },
);

test(
  "generations of one pipe go one after the other, those of two pipes beside each other",
  { timeout: 300_000 },
  async () => {
    await using one = await Kandinsky3.fromPretrained();
    await using two = await Kandinsky3.fromPretrained();
    const order: string[] = [];
    const paint = async (name: string, pipe: Kandinsky3): Promise<Buffer> => {
      const result = await pipe.textToImage({ ...FAST, callbackOnStepEnd: () => void order.push(name) });
      return bytesOf(result);
    };
    const images = await Promise.all([paint("a", one), paint("b", one), paint("c", two)]);
    expect(order.filter((name) => name !== "c")).toEqual(["a", "a", "a", "b", "b", "b"]);
    expect(order.slice(0, -3)).toContain("c");
    expect(images.every((image) => image.equals(images[0]))).toBe(true);
  },
);

describe("the pipe goes on", { timeout: 300_000 }, () => {
  const PHASES: Phase[] = ["text_encoder", "unet", "image_decoder"];

  test("after an abort at every phase, and in the queue", async () => {
    await using pipe = await Kandinsky3.fromPretrained(undefined, { promptCache: false });
    const right = bytesOf(await pipe.textToImage(FAST));
    for (const phase of PHASES) {
      const controller = new AbortController();
      const stopped = (async () => {
        for await (const event of pipe.generate({ ...FAST, prompt: "a blue boat", signal: controller.signal })) {
          if (event.type === "phase" && event.phase === phase) {
            controller.abort();
          }
        }
      })();
      await expect(stopped, phase).rejects.toThrow("stopped before it was done");
      expect(bytesOf(await pipe.textToImage(FAST)).equals(right), phase).toBe(true);
    }
    const first = pipe.textToImage(FAST);
    await expect(pipe.textToImage({ ...FAST, signal: AbortSignal.abort() })).rejects.toThrow("stopped");
    const third = pipe.textToImage(FAST);
    expect(bytesOf(await first).equals(right)).toBe(true);
    expect(bytesOf(await third).equals(right)).toBe(true);
  });

  test("after its inference processes are killed, between generations and during one", async () => {
    const started: InferenceProcess[] = [];
    const start = InferenceProcess.start.bind(InferenceProcess);
    vi.spyOn(InferenceProcess, "start").mockImplementation((options) => {
      const engine = start(options);
      started.push(engine);
      return engine;
    });
    await using pipe = await Kandinsky3.fromPretrained(undefined, { promptCache: false });
    const right = bytesOf(await pipe.textToImage(FAST));
    const killAll = async (): Promise<void> => {
      for (const { pid } of started.splice(0)) {
        process.kill(pid ?? expect.fail("no process"), "SIGKILL");
      }
      await sleep(300);
    };
    await killAll();
    expect(bytesOf(await pipe.textToImage(FAST)).equals(right)).toBe(true);
    const broken = pipe.textToImage({ ...FAST, callbackOnStepEnd: () => void killAll() });
    await expect(broken).rejects.toThrow(/^the inference process ended early \(signal SIGKILL/);
    expect(bytesOf(await pipe.textToImage(FAST)).equals(right)).toBe(true);
  });
});

describe("no process is left", { timeout: 120_000 }, () => {
  const childrenOf = (pid: number): string =>
    execFileSync("ps", ["-A", "-o", "ppid=,pid=,args="], { encoding: "utf8" })
      .split("\n")
      .filter((line) => line.trim().startsWith(`${pid} `) && line.includes("inference-worker"))
      .join("\n");

  test("when the time to keep it is over, and after close", async () => {
    await using pipe = await Kandinsky3.fromPretrained(undefined, { keepAlive: 0.5 });
    await pipe.textToImage(FAST);
    expect(childrenOf(process.pid)).not.toBe("");
    await sleep(1500);
    expect(childrenOf(process.pid)).toBe("");
    await pipe.textToImage(FAST);
    await pipe.close();
    expect(childrenOf(process.pid)).toBe("");
  });

  const PROGRAM = `
    import { Kandinsky3 } from "kandinsky3";
    const pipe = await Kandinsky3.fromPretrained();
    await pipe.textToImage({ prompt: "a red house", numInferenceSteps: 1 });
    console.log("done");
  `;

  test.each([
    ["at the program's end, without close", "", undefined],
    ["after an uncaught error", 'throw new Error("oh");', undefined],
    ["after SIGTERM", "setInterval(() => undefined, 1000);", "SIGTERM"],
    ["after SIGKILL", "setInterval(() => undefined, 1000);", "SIGKILL"],
  ] as const)("%s", async (_when, then, signal) => {
    const child = spawn(process.execPath, ["--input-type=module", "--eval", PROGRAM + then], {
      stdio: ["ignore", "pipe", "ignore"],
    });
    const ended = once(child, "exit");
    await once(child.stdout, "data");
    const workers = childrenOf(child.pid ?? 0)
      .split("\n")
      .map((line) => Number(line.trim().split(/\s+/)[1]));
    if (signal !== undefined) {
      child.kill(signal);
    }
    await ended;
    const alive = (): number[] => workers.filter((pid) => pid > 0 && isAlive(pid));
    for (let attempt = 0; attempt < 30 && alive().length > 0; attempt++) {
      await sleep(100);
    }
    expect(alive()).toEqual([]);
  });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
