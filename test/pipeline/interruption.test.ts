/** Generations that are stopped, left, killed, or share a pipe: no process stays, and one error says why. */
import { afterEach, expect, test, vi } from "vitest";
import { AbortedError, SessionError } from "../../src/errors.js";
import { Kandinsky3 } from "../../src/pipeline/kandinsky3.js";
import { InferenceProcess } from "../../src/runtime/inference-process.js";
import { diffusersFixture } from "../support/goldens.js";

const OPTIONS = { prompt: "a red house", numInferenceSteps: 3, width: 64, height: 64 };
const start = vi.spyOn(InferenceProcess, "start");

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

function pids(): number[] {
  return start.mock.results.map(({ value }) => (value as InferenceProcess).pid ?? -1);
}

afterEach(() => {
  expect(pids().filter(isAlive)).toEqual([]);
  start.mockClear();
});

async function stopAt(
  stop: (event: { type: string; phase?: string }) => boolean,
  act: () => void,
  signal?: AbortSignal,
) {
  await using pipe = await Kandinsky3.fromPretrained(diffusersFixture("tiny"), { threads: 1 });
  const seen: string[] = [];
  const inputs = { ...OPTIONS, ...(signal !== undefined && { signal }) };
  try {
    for await (const event of pipe.generate(inputs)) {
      seen.push(event.type);
      if (stop(event)) {
        act();
      }
    }
  } catch (error) {
    return { seen, error };
  }
  return { seen, error: undefined };
}

test.each(["settings", "step"])("aborted after the first %s event", async (type) => {
  const controller = new AbortController();
  const { seen, error } = await stopAt(
    (event) => event.type === type,
    () => {
      controller.abort();
    },
    controller.signal,
  );
  expect(error).toBeInstanceOf(AbortedError);
  expect(seen.filter((event) => event === "step").length).toBe(type === "step" ? 1 : 0);
  expect(start).toHaveBeenCalledTimes(type === "step" ? 2 : 0);
});

test("aborted while the picture is decoded", async () => {
  const controller = new AbortController();
  const act = () => {
    setImmediate(() => {
      controller.abort();
    });
  };
  const stop = (event: { type: string; phase?: string }) => event.type === "phase" && event.phase === "image_decoder";
  expect((await stopAt(stop, act, controller.signal)).error).toBeInstanceOf(AbortedError);
});

test("the process is killed in the middle: one SessionError", async () => {
  const act = () => {
    process.kill(pids().at(-1) ?? -1, "SIGKILL");
  };
  const { error } = await stopAt((event) => event.type === "step", act);
  expect(error).toBeInstanceOf(SessionError);
  expect(String(error)).toMatch(/SIGKILL/);
});

test("a loop that is left closes its process, where nothing is to be kept", async () => {
  await using pipe = await Kandinsky3.fromPretrained(diffusersFixture("tiny"), { keepAlive: 0 });
  for await (const event of pipe.generate(OPTIONS)) {
    if (event.type === "step") {
      break;
    }
  }
  expect(pids().filter(isAlive)).toEqual([]);
});

test("generations one after the other and at the same time do not disturb each other; phases tell time and memory", async () => {
  await using pipe = await Kandinsky3.fromPretrained(diffusersFixture("tiny"), { threads: 1, promptCache: false });
  const make = (seed: number) => pipe.textToImage({ ...OPTIONS, seed });
  const [first, second] = [await make(1), await make(2)];
  const [third, fourth] = await Promise.all([make(1), make(2)]);
  expect(third.latents).toEqual(first.latents);
  expect(fourth.latents).toEqual(second.latents);
  expect(first.latents).not.toEqual(second.latents);
  expect(first.phases.map(({ phase }) => phase)).toEqual(["text_encoder", "unet", "image_decoder"]);
  for (const { seconds, peakBytes } of first.phases) {
    expect(seconds).toBeGreaterThan(0);
    expect(peakBytes).toBeGreaterThan(10e6);
  }
});
