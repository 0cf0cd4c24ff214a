/** What every engine has to do, on every device: the suite that a new implementation or device passes before it is used. */
import { describe, expect, it } from "vitest";
import { SessionError, UsageError } from "../../src/errors.js";
import { emit, type EmittedModel } from "../../src/graph/emit.js";
import { GraphBuilder } from "../../src/graph/graph-builder.js";
import { add, gatherRows, mul } from "../../src/graph/ops/index.js";
import { programOf } from "../../src/graph/program.js";
import { deviceNamed } from "../../src/runtime/device.js";
import type { Engine, HeldTensor, Outputs } from "../../src/runtime/engine.js";
import { tensor } from "../../src/tensor/tensor.js";

/** `sum = x + y` and `twice = 2 x`, all `[2, 3]`. */
function arithmetic(): EmittedModel {
  const graph = new GraphBuilder();
  const [x, y] = [graph.input("x", "float32", [2, 3]), graph.input("y", "float32", [2, 3])];
  return emit(
    programOf(
      new Map([
        ["sum", add(x, y)],
        ["twice", mul(x, 2)],
      ]),
    ),
  );
}

/** `y = 10 x` for `[1, 3]`. */
function tenfold(): EmittedModel {
  const graph = new GraphBuilder();
  return emit(programOf(new Map([["y", mul(graph.input("x", "float32", [1, 3]), 10)]])));
}

/** Rows of a table of squares by int64 indices. */
function squares(): EmittedModel {
  const graph = new GraphBuilder();
  const table = graph.constant(Float32Array.of(0, 1, 4, 9), [4, 1]);
  return emit(programOf(new Map([["rows", gatherRows(table, graph.input("indices", "int64", [3]))]])));
}

const x = tensor([2, 3], Float32Array.of(1, 2, 3, 4, 5, 6));
const y = tensor([2, 3], Float32Array.of(10, 20, 30, 40, 50, 60));

function numbers(outputs: Outputs, name: string): number[] {
  const output = outputs[name];
  return output !== undefined && "data" in output ? Array.from(output.data, Number) : expect.fail(`no array ${name}`);
}

function heldIn(outputs: Outputs, name: string): HeldTensor {
  const output = outputs[name];
  return output === undefined || "data" in output ? expect.fail(`${name} is not held`) : output;
}

/** @param start a fresh engine, which the suite closes */
export function engineConformance(name: string, start: () => Engine): void {
  describe(`${name}, as an engine`, () => {
    it("runs networks, several at a time, by names", async () => {
      await using engine = start();
      const [first, second] = [await engine.open(arithmetic()), await engine.open(tenfold())];
      const outputs = await first.run({ x, y });
      expect(numbers(outputs, "sum")).toEqual([11, 22, 33, 44, 55, 66]);
      expect(outputs["twice"]?.shape).toEqual([2, 3]);
      expect(numbers(await second.run({ x: tensor([1, 3], Float32Array.of(1, 2, 3)) }), "y")).toEqual([10, 20, 30]);
      await first.release();
      expect(numbers(await second.run({ x: tensor([1, 3], Float32Array.of(4, 5, 6)) }), "y")).toEqual([40, 50, 60]);
    });

    it("takes whole numbers of 64 bits", async () => {
      await using engine = start();
      const session = await engine.open(squares());
      expect(
        numbers(await session.run({ indices: { shape: [3], data: BigInt64Array.of(3n, 0n, 2n) } }), "rows"),
      ).toEqual([9, 0, 4]);
    });

    it("keeps outputs and feeds them to the same network and to another", async () => {
      await using engine = start();
      const [first, second] = [await engine.open(arithmetic()), await engine.open(tenfold())];
      const outputs = await first.run({ x, y }, { hold: ["sum"] });
      const sum = heldIn(outputs, "sum");
      expect(numbers(outputs, "twice")).toEqual([2, 4, 6, 8, 10, 12]);
      expect([sum.shape, sum.type]).toEqual([[2, 3], "float32"]);
      expect(Array.from((await sum.read()).data, Number)).toEqual([11, 22, 33, 44, 55, 66]);
      expect(numbers(await first.run({ x: sum, y: sum }), "sum")).toEqual([22, 44, 66, 88, 110, 132]);
      expect(numbers(await second.run({ x: sum.row(1) }), "y")).toEqual([440, 550, 660]);
      expect(engine.heldTensors).toBe(1);
      await sum.release();
      await sum.release();
      expect(engine.heldTensors).toBe(0);
    });

    it("keeps what is uploaded, apart from the caller's array", async () => {
      await using engine = start();
      const session = await engine.open(tenfold());
      const data = Float32Array.of(1, 2, 3);
      const held = await engine.upload(tensor([1, 3], data));
      data.fill(0);
      for (let run = 0; run < 2; run++) {
        expect(numbers(await session.run({ x: held }), "y")).toEqual([10, 20, 30]);
      }
      const { sent } = engine.transferredBytes;
      await session.run({ x: held });
      expect(engine.transferredBytes.sent).toBe(sent);
    });

    it("refuses a tensor that is released, or another engine's", async () => {
      await using engine = start();
      await using other = start();
      const session = await engine.open(tenfold());
      const held = await engine.upload(tensor([1, 3]));
      const row = held.row(0);
      await held.release();
      await expect(session.run({ x: held })).rejects.toThrow(SessionError);
      await expect(session.run({ x: row })).rejects.toThrow(/released/);
      await expect(held.read()).rejects.toThrow(SessionError);
      const foreign = await other.upload(tensor([1, 3]));
      await expect(session.run({ x: foreign })).rejects.toThrow(/another one holds/);
      expect(() => foreign.row(1)).toThrow(/expected a row/);
    });

    it("answers what is wrong with an error, and goes on", async () => {
      await using engine = start();
      const session = await engine.open(tenfold());
      const right = { x: tensor([1, 3], Float32Array.of(1, 2, 3)) };
      const broken = { bytes: Uint8Array.of(1, 2, 3), externalDataRoot: "/" };
      await expect(engine.open(broken)).rejects.toThrow(SessionError);
      await expect(session.run({})).rejects.toThrow(SessionError);
      await expect(session.run({ x: tensor([1, 4]) })).rejects.toThrow(SessionError);
      await expect(session.run({ ...right, z: right.x })).rejects.toThrow(/z/);
      await expect(session.run(right, { hold: ["nothing"] })).rejects.toThrow(/nothing/);
      expect(engine.heldTensors).toBe(0);
      expect(numbers(await session.run(right), "y")).toEqual([10, 20, 30]);
      await session.release();
      await session.release();
      await expect(session.run(right)).rejects.toThrow(/released/);
    });

    it("tells its version, its devices, its memory and its traffic", async () => {
      await using engine = start();
      const session = await engine.open(tenfold());
      await session.run({ x: tensor([1, 3]) });
      const { version, devices } = await engine.describe();
      expect(version).toMatch(/^\d+\.\d+/);
      expect(devices.map((device) => device.name)).toContain(engine.device.executionProvider);
      expect(engine.peakBytes).toBeGreaterThan(1e6);
      expect(engine.transferredBytes.received).toBe(12);
    });

    it("refuses a device that it does not have", () => {
      expect(() => deviceNamed("abacus")).toThrow(UsageError);
      expect(deviceNamed("auto").name).toBe("cpu");
    });

    it("fails everything after its end, and ends twice", async () => {
      const engine = start();
      const session = await engine.open(tenfold());
      const held = await engine.upload(tensor([1, 3]));
      const pending = session.run({ x: held });
      engine.kill();
      await expect(pending).rejects.toThrow(SessionError);
      await expect(engine.open(tenfold())).rejects.toThrow(SessionError);
      await held.release();
      await engine.close();
      await engine.close();
      await expect(session.run({ x: tensor([1, 3]) })).rejects.toThrow(SessionError);
    });
  });
}
