/** The inference process: the caller stays responsive, and every way that it can end is one error. */
import { rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import { SessionError } from "../../src/errors.js";
import { emit } from "../../src/graph/emit.js";
import { GraphBuilder } from "../../src/graph/graph-builder.js";
import { matMul } from "../../src/graph/ops/index.js";
import { programOf } from "../../src/graph/program.js";
import { InferenceProcess } from "../../src/runtime/inference-process.js";
import { tensor } from "../../src/tensor/tensor.js";

const SIDE = 1024;
const DIST = new URL("../../dist/", import.meta.url).href;

/** A chain of products that takes seconds. */
function longModel() {
  const x = new GraphBuilder().input("x", "float32", [SIDE, SIDE]);
  let product = x;
  for (let index = 0; index < 100; index++) {
    product = matMul(product, x);
  }
  return emit(programOf(new Map([["y", product]])));
}

const feeds = () => ({ x: tensor([SIDE, SIDE]) });

function isAlive(pid: number | undefined): boolean {
  try {
    return process.kill(pid ?? -1, 0);
  } catch {
    return false;
  }
}

test("the event loop goes on while a network runs", async () => {
  await using engine = InferenceProcess.start({ threads: 1 });
  const session = await engine.open(longModel());
  let [last, gap] = [performance.now(), 0];
  const timer = setInterval(() => {
    gap = Math.max(gap, performance.now() - last);
    last = performance.now();
  }, 5);
  await delay(50);
  gap = 0;
  const running = session.run(feeds());
  await Promise.race([running, delay(1500)]);
  clearInterval(timer);
  expect(gap).toBeLessThan(100);
  engine.kill();
  await running.catch(() => undefined);
});

test("killed in the middle of a run: one SessionError at once, and closing works, twice", async () => {
  const engine = InferenceProcess.start({ threads: 1 });
  const session = await engine.open(longModel());
  const running = session.run(feeds());
  const failed = expect(running).rejects.toThrow(/^the inference process ended early \(signal SIGKILL/);
  await delay(100);
  process.kill(engine.pid ?? -1, "SIGKILL");
  const killed = performance.now();
  await failed;
  expect(performance.now() - killed).toBeLessThan(1000);
  await engine.close();
  await engine.close();
  await expect(session.run(feeds())).rejects.toBeInstanceOf(SessionError);
  expect(isAlive(engine.pid)).toBe(false);
});

test("an invalid model is one SessionError with the engine's reason, and the process goes on", async () => {
  await using engine = InferenceProcess.start();
  const opened = engine.open({ bytes: Uint8Array.of(1, 2, 3), externalDataRoot: "/" });
  await expect(opened).rejects.toThrow(/^the inference engine failed: .*protobuf/i);
  await expect(engine.open(longModel())).resolves.toBeDefined();
});

test("running after close", async () => {
  const engine = InferenceProcess.start();
  const session = await engine.open(longModel());
  await engine.close();
  await expect(session.run(feeds())).rejects.toThrow("the inference process is closed");
});

test("a process does not outlive its parent that is killed while it runs", async () => {
  const { bytes } = longModel();
  const script = `
    import { InferenceProcess } from "${DIST}runtime/inference-process.js";
    const engine = InferenceProcess.start({ threads: 1 });
    const session = await engine.open({ bytes: Buffer.from("${Buffer.from(bytes).toString("base64")}", "base64"), externalDataRoot: "/" });
    const run = session.run({ x: { shape: [${SIDE}, ${SIDE}], data: new Float32Array(${SIDE * SIDE}) } });
    setTimeout(() => console.log(engine.pid), 200);
    await run;`;
  const parent = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [text] = (await once(parent.stdout, "data")) as [Buffer];
  const pid = Number(text.toString());
  expect(isAlive(pid)).toBe(true);
  parent.kill("SIGKILL");
  await expect.poll(() => isAlive(pid), { timeout: 2500 }).toBe(false);
});

test("the peak is the process's own, not its parent's", async () => {
  const ballast = new Uint8Array(600e6).fill(1);
  await using engine = InferenceProcess.start();
  await engine.open(longModel());
  expect(engine.peakBytes).toBeLessThan(ballast.length / 2);
});

test("a process that never speaks is waited for only so long, and a death without last words names the likely cause", async () => {
  const options = process.env["NODE_OPTIONS"];
  const hang = join(tmpdir(), `kandinsky3-hang-${process.pid}.cjs`);
  writeFileSync(hang, "for (;;);");
  try {
    process.env["NODE_OPTIONS"] = `--require ${hang}`;
    const silent = InferenceProcess.start({ startTimeoutMs: 500 });
    await expect(silent.describe()).rejects.toThrow(/^the inference process did not start within 0\.5 s; a limit on/);
    await silent.close();
    expect(isAlive(silent.pid)).toBe(false);
  } finally {
    process.env["NODE_OPTIONS"] = options ?? "";
    rmSync(hang);
  }
  for (const [signal, cause] of [
    ["SIGABRT", "the engine gave up"],
    ["SIGILL", "this processor lacks an instruction"],
    ["SIGSEGV", "a fault inside the engine"],
  ] as const) {
    await using engine = InferenceProcess.start({ threads: 1 });
    await engine.describe();
    const asked = expect(engine.open(longModel()).then((session) => session.run(feeds()))).rejects;
    process.kill(engine.pid ?? -1, signal);
    await asked.toThrow(new RegExp(`^the inference process ended early \\(signal ${signal}; ${cause}`));
  }
});
