/** A machine is probed once for a version of the engine, whatever becomes of the file that says so. */
import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { InferenceProcess } from "../../src/runtime/inference-process.js";

/** As in a process of its own: nothing is remembered. */
async function askAnew(): Promise<{ readonly kernels: unknown; readonly probes: number }> {
  vi.resetModules();
  const probe = await import("../../src/engine/devices/integer-probe.js");
  const spy = vi.spyOn(probe, "probeIntegerKernels");
  const { integerKernelsOf } = await import("../../src/engine/devices/known-kernels.js");
  await using engine = InferenceProcess.start({ threads: 1 });
  const [kernels, again] = await Promise.all([integerKernelsOf(engine), integerKernelsOf(engine)]);
  expect(again).toEqual(kernels);
  return { kernels, probes: spy.mock.calls.length };
}

vi.mock("../../src/engine/devices/integer-probe.js", { spy: true });

let folder = "";
let outer: string | undefined;
beforeEach(async () => {
  outer = process.env["KANDINSKY3_CACHE"];
  folder = await mkdtemp(join(tmpdir(), "kandinsky3-test-"));
  process.env["KANDINSKY3_CACHE"] = folder;
});
afterEach(async () => {
  process.env["KANDINSKY3_CACHE"] = outer;
  vi.clearAllMocks();
  await rm(folder, { recursive: true, force: true });
});

describe("integerKernelsOf", () => {
  it("asks the machine once, and the file afterwards", async () => {
    const first = await askAnew();
    expect(first.probes).toBe(1);
    vi.clearAllMocks();
    expect(await askAnew()).toEqual({ kernels: first.kernels, probes: 0 });
    expect(await readdir(join(folder, "probes"))).toHaveLength(1);
  });

  it.each(["", "{", '{"full": "int8"}', '{"full": "float", "reduced": "int8"}'])(
    "asks again where the file holds %j, and mends it",
    async (content) => {
      const { kernels } = await askAnew();
      const [file = ""] = await readdir(join(folder, "probes"));
      await writeFile(join(folder, "probes", file), content);
      vi.clearAllMocks();
      expect(await askAnew()).toEqual({ kernels, probes: 1 });
      vi.clearAllMocks();
      expect(await askAnew()).toEqual({ kernels, probes: 0 });
    },
  );

  it("goes on where nothing can be written", async () => {
    await writeFile(join(folder, "probes"), "a file where the folder should be");
    expect((await askAnew()).probes).toBe(1);
    expect(await readdir(folder)).toEqual(["probes"]);
  });

  it("leaves nothing beside the file", async () => {
    await mkdir(join(folder, "probes"), { recursive: true });
    await chmod(join(folder, "probes"), 0o755);
    await askAnew();
    expect((await readdir(join(folder, "probes"))).every((name) => /^[0-9a-f]{32}\.json$/.test(name))).toBe(true);
  });
});
