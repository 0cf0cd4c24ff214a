/** States of PyTorch's own generator: ours goes on from them with its numbers, and gives the same bytes after the same draws. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { UsageError } from "../../src/errors.js";
import { TorchGenerator } from "../../src/tensor/random.js";

const file = (name: string): Buffer => readFileSync(new URL(`fixtures/${name}`, import.meta.url));
const lengths = z.array(z.number());
const cases = z
  .record(z.string(), z.object({ seed: z.string(), draws: lengths, follow: lengths, values: z.array(lengths) }))
  .parse(JSON.parse(file("states.json").toString("utf8")));

describe.each(Object.entries(cases))("%s", (name, { seed, draws, follow, values }) => {
  const stored = new Uint8Array(file(`${name}.bin`));
  const drawn = (generator: TorchGenerator): number[][] =>
    follow.map((length) => Array.from(generator.randn([length]).data));
  const afterDraws = (): TorchGenerator => {
    const generator = new TorchGenerator(BigInt(seed));
    draws.forEach((length) => generator.randn([length]));
    return generator;
  };

  it("is the state after the same draws, byte for byte", () => {
    expect(Buffer.from(afterDraws().getState()).equals(stored)).toBe(true);
  });

  it("is gone on from with PyTorch's numbers", () => {
    const generator = new TorchGenerator(0);
    generator.randn([5]);
    generator.setState(stored);
    expect(drawn(generator)).toEqual(values.map((row) => row.map(Math.fround)));
  });

  it("pauses a generator and lets another go on", () => {
    const first = afterDraws();
    const second = new TorchGenerator(1);
    second.setState(first.getState());
    expect(drawn(second)).toEqual(drawn(first));
    expect(second.getState()).toEqual(first.getState());
  });
});

describe("what is no state", () => {
  const changed = (offset: number, ...bytes: number[]): Uint8Array => {
    const state = new TorchGenerator(3).getState();
    state.set(bytes, offset);
    return state;
  };

  it.each([
    ["too short", new Uint8Array(5055)],
    ["too long", new Uint8Array(5057)],
    ["all zeros", new Uint8Array(5056)],
    ["not seeded", changed(12, 0)],
    ["more words taken than there are", changed(16, 0x71, 2)],
    ["words taken and left that do not add up", changed(16, 5)],
    ["a word of more than 32 bits", changed(24 + 4, 1)],
    ["a kept number that is none", changed(5024, 0, 0, 0, 0, 0, 0, 0xf8, 0x7f, 0, 0, 0, 0, 0, 0, 0, 0, 1)],
    ["another kind of kept number", changed(5052, 1)],
  ])("%s: is refused, and the generator is as before", (_name, state) => {
    const generator = new TorchGenerator(3);
    expect(() => {
      generator.setState(state);
    }).toThrow(UsageError);
    expect(generator.randn([20])).toEqual(new TorchGenerator(3).randn([20]));
  });
});
