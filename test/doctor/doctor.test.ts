/** The check that users run on their own machine: it passes here, names what it compared, and notices a wrong number anywhere. */
import { expect, test } from "vitest";
import { checkParity, type ParityCheck } from "../../src/doctor/parity.js";
import { readReference, type Reference } from "../../src/doctor/reference.js";
import { InferenceProcess } from "../../src/runtime/inference-process.js";
import { tensor } from "../../src/tensor/tensor.js";
import { runCli } from "../cli/run-cli.js";

async function checksWith(reference: Reference): Promise<ParityCheck[]> {
  await using engine = InferenceProcess.start();
  const checks: ParityCheck[] = [];
  for await (const check of checkParity(engine, reference)) {
    checks.push(check);
  }
  return checks;
}

test("doctor reports versions, devices with reasons, cache, and every comparison", async () => {
  const { code, stdout, stderr } = await runCli("/", ["doctor", "--json"], { HF_HUB_CACHE: "/nonexistent/hub" });
  expect([code, stderr]).toEqual([0, ""]);
  const report = JSON.parse(stdout.toString()) as {
    engine: { version: string; devices: { name: string; used: boolean; reason?: string }[] };
    cache: object;
    checks: ParityCheck[];
  };
  expect(report.engine.version).toMatch(/^\d+\.\d+\.\d+/);
  expect(report.engine.devices.find(({ name }) => name === "cpu")).toEqual({ name: "cpu", used: true });
  const others = report.engine.devices.filter(({ used }) => !used);
  expect(others.every(({ reason }) => (reason ?? "").length > 10)).toBe(true);
  expect(report.cache).toMatchObject({ folder: "/nonexistent/hub", models: 0, bytes: 0 });
  const reference = await readReference();
  expect(report.checks.map(({ name }) => name).sort()).toEqual(["tokenizer", ...reference.outputs.keys()].sort());
  expect(report.checks.filter(({ passed }) => !passed)).toEqual([]);
});

test("one wrong number in any reference fails that comparison and no other", async () => {
  const reference = await readReference();
  for (const [name, value] of reference.outputs) {
    if (!/output$|step_2|seed_7|attentions\.0$/.test(name)) {
      continue;
    }
    const data = value.data.slice();
    data[data.length - 1] = (data.at(-1) ?? 0) + 1e-3;
    const outputs = new Map(reference.outputs).set(name, tensor(value.shape, data));
    const failed = (await checksWith({ ...reference, outputs })).filter(({ passed }) => !passed);
    expect(failed.map((check) => check.name)).toEqual([name]);
  }
});

test("NaN, another shape and other tokens fail", async () => {
  const reference = await readReference();
  const value = reference.outputs.get("unet/output") ?? expect.fail();
  const nan = new Map(reference.outputs).set(
    "unet/output",
    tensor(
      value.shape,
      value.data.map(() => NaN),
    ),
  );
  const flat = new Map(reference.outputs).set("unet/output", tensor([value.data.length], value.data));
  for (const outputs of [nan, flat]) {
    const failed = (await checksWith({ ...reference, outputs })).filter(({ passed }) => !passed);
    expect(failed).toMatchObject([{ name: "unet/output", difference: Infinity }]);
  }
  const tokens = [...reference.tokens, { text: "a red house", ids: [1] }];
  const failed = (await checksWith({ ...reference, tokens })).filter(({ passed }) => !passed);
  expect(failed).toMatchObject([{ name: "tokenizer", difference: 1 }]);
});
