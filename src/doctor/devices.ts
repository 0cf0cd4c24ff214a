/** What this machine can compute on: every device that the engine knows, tried in a process of its own, and why one is not used. */
import { emit } from "../graph/emit.js";
import { GraphBuilder } from "../graph/graph-builder.js";
import { add } from "../graph/ops/index.js";
import { programOf } from "../graph/program.js";
import { InferenceProcess } from "../runtime/inference-process.js";
import { KandinskyError } from "../errors.js";
import { type Device, isUsed } from "../runtime/device.js";

export interface DeviceReport {
  readonly name: string;
  /** Whether pictures are computed on it. */
  readonly used: boolean;
  /** Why it is not used; `undefined` for what is. */
  readonly reason: string | undefined;
}

export interface EngineReport {
  readonly version: string;
  readonly devices: readonly DeviceReport[];
}

/** A driver that does not answer in this time does not count. */
const LONGEST_PROBE_MS = 20_000;

export async function reportEngine(): Promise<EngineReport> {
  await using engine = InferenceProcess.start();
  const { version, devices } = await engine.describe();
  const reports: DeviceReport[] = [];
  for (const { name, bundled } of devices) {
    const problem = await probe(name);
    const missing = bundled ? "" : "its files are not part of onnxruntime-node's package: ";
    const reason = problem === undefined ? "it works, but kandinsky3 does not compute on it yet" : missing + problem;
    const used = problem === undefined && isUsed(name);
    reports.push({ name, used, reason: used ? undefined : reason });
  }
  return { version, devices: reports };
}

/** What is wrong with a device; `undefined` when it can open a network. */
async function probe(device: string): Promise<string | undefined> {
  const graph = new GraphBuilder();
  const sum = add(graph.input("input", "float32", [1]), 1);
  const tried: Device = { name: device, executionProvider: device, accepts: { integerProducts: false } };
  const engine = InferenceProcess.start({ device: tried });
  const timer = setTimeout(() => {
    engine.kill();
  }, LONGEST_PROBE_MS);
  try {
    await engine.open(emit(programOf(new Map([["output", sum]]))));
    return undefined;
  } catch (thrown) {
    if (thrown instanceof KandinskyError) {
      return thrown.message.split("\n", 1)[0] ?? "";
    }
    throw thrown;
  } finally {
    clearTimeout(timer);
    await engine.close();
  }
}
