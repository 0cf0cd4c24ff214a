/** `kandinsky3 doctor`: what this machine has, and whether every kind of block computes what the reference does. */
import { cpus, freemem, totalmem } from "node:os";
import type { Command } from "commander";
import { KandinskyError, SessionError } from "../../errors.js";
import { formatSize } from "../../text/byte-size.js";
import { cachedModels } from "../../hub/cache/cached-models.js";
import { loadSharp } from "../../image/sharp.js";
import { freeBytes } from "../../files/disk.js";
import { hubEnvironment } from "../../hub/environment.js";
import { type EngineReport, reportEngine } from "../../doctor/devices.js";
import { checkParity, type ParityCheck } from "../../doctor/parity.js";
import { readReference, type Reference } from "../../doctor/reference.js";
import { type ProcessorShare, processorShare } from "../../runtime/processor-share.js";
import { InferenceProcess } from "../../runtime/inference-process.js";
import { packageVersion } from "../../files/package-info.js";
import { Progress } from "../output/progress.js";
import { writeStdout } from "../output/stdout.js";

interface Machine {
  readonly version: string;
  readonly node: string;
  readonly system: string;
  readonly processor: string;
  readonly processors: number;
  /** What networks are run with unless `--threads` says otherwise, and why. */
  readonly threads: ProcessorShare;
  readonly memoryBytes: number;
  readonly freeMemoryBytes: number;
}

interface Cache {
  readonly folder: string;
  readonly freeBytes: number;
  readonly models: number;
  readonly bytes: number;
}

export function addDoctor(command: Command): void {
  command
    .option("--json", "print one JSON object", false)
    .addHelpText("after", "\nExamples:\n  kandinsky3 doctor\n  kandinsky3 doctor --json > report.json")
    .action(doctor);
}

async function doctor({ json }: { readonly json: boolean }): Promise<void> {
  const progress = new Progress(process.stderr, { quiet: json, env: process.env });
  try {
    progress.status("looking for devices …");
    const machine = describeMachine();
    const findings: string[] = [];
    const note = (thrown: unknown): undefined => {
      if (!(thrown instanceof KandinskyError)) {
        throw thrown;
      }
      findings.push(thrown.message);
    };
    await loadSharp().catch(note);
    const engine = await reportEngine().catch(note);
    const cache = await describeCache().catch(note);
    const reference = await readReference();
    const checks: ParityCheck[] = [];
    if (engine !== undefined) {
      await using inference = InferenceProcess.start();
      for await (const check of checkParity(inference, reference)) {
        checks.push(check);
        progress.status(`comparing ${check.name}`);
      }
    }
    progress.end();
    const failed = checks.filter(({ passed }) => !passed);
    const report = {
      machine,
      engine: engine ?? null,
      cache: cache ?? null,
      reference: reference.made_with,
      checks,
      findings,
    };
    await writeStdout(json ? `${JSON.stringify(report, null, 2)}\n` : formatReport(report, reference));
    if (failed.length > 0) {
      const names = failed.map(({ name }) => name).join(", ");
      findings.push(`${failed.length} of ${checks.length} comparisons with the reference fail: ${names}`);
    }
    if (findings.length > 0) {
      throw new SessionError(findings.join("; "));
    }
  } finally {
    progress.end();
  }
}

function describeMachine(): Machine {
  return {
    version: packageVersion(),
    node: process.version,
    system: `${process.platform} ${process.arch}`,
    processor: cpus()[0]?.model ?? "unknown processor",
    processors: cpus().length,
    threads: processorShare(),
    memoryBytes: totalmem(),
    freeMemoryBytes: freemem(),
  };
}

async function describeCache(): Promise<Cache> {
  const folder = hubEnvironment().cacheFolder;
  const models = await cachedModels(folder);
  const bytes = models.reduce((sum, model) => sum + model.bytes + model.partialBytes, 0);
  return { folder, freeBytes: await freeBytes(folder), models: models.length, bytes };
}

interface Report {
  readonly machine: Machine;
  /** `null` where it does not load. */
  readonly engine: EngineReport | null;
  /** `null` where it cannot be read. */
  readonly cache: Cache | null;
  readonly checks: readonly ParityCheck[];
  /** What does not work, each in a sentence. */
  readonly findings: readonly string[];
}

function formatReport({ machine, engine, cache, checks, findings }: Report, reference: Reference): string {
  const made = Object.entries(reference.made_with).map(([name, version]) => `${name} ${version}`);
  const width = Math.max(...checks.map(({ name }) => name.length));
  const lines = [
    `kandinsky3 ${machine.version}, Node ${machine.node}, ${engine === null ? "no ONNX Runtime" : `ONNX Runtime ${engine.version}`}, ${machine.system}`,
    `${machine.processor}, ${machine.processors} processors, ${formatSize(machine.memoryBytes)} of memory, ${formatSize(machine.freeMemoryBytes)} available`,
    `threads ${machine.threads.threads}: ${machine.threads.reason}`,
    ...(cache === null
      ? []
      : [
          `cache ${cache.folder}: ${cache.models} models, ${formatSize(cache.bytes)}; ${formatSize(cache.freeBytes)} free`,
        ]),
    ...findings.map((finding) => `FAIL ${finding}`),
    "",
    ...(engine?.devices ?? []).map(
      ({ name, used, reason }) => `device ${name}: ${used ? "used" : `not used: ${reason ?? ""}`}`,
    ),
    "",
    engine === null ? "nothing is compared without an engine" : `comparison with ${made.join(", ")}`,
    ...checks.map(
      ({ name, difference, tolerance, passed }) =>
        `${passed ? "ok  " : "FAIL"} ${name.padEnd(width)}  ${difference.toExponential(1)} of ${tolerance.toExponential(1)}`,
    ),
  ];
  return `${lines.join("\n")}\n`;
}
