/**
 * Which integer kernels are exact on this machine, found out once for a machine and a version of the engine: in this process the answer
 * is remembered, and between processes a small file of the cache holds it. A file that cannot be read or written costs a new probe.
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { arch, cpus, platform } from "node:os";
import { dirname, join } from "node:path";
import { z } from "zod";
import { cacheFolder } from "../../files/cache-folder.js";
import { makeFolders } from "../../files/make-folders.js";
import { placeWhole } from "../../files/shared/place-whole.js";
import type { IntegerKernels } from "../../graph/quantized/lower.js";
import type { Engine } from "../../runtime/engine.js";
import { engineVersion } from "../../runtime/engine-version.js";
import { InferenceProcess } from "../../runtime/inference-process.js";
import { probeIntegerKernels } from "./integer-probe.js";

/** To be raised with every change to what the probe asks. */
const VERSION = 1;

const activation = z.enum(["int8", "uint8"]);
const schema = z.object({ full: activation, reduced: activation });

/** Told of a file that is damaged. */
type OnNote = (message: string) => void;

/** By file, so that a cache that was moved is asked again. */
const remembered = new Map<string, Promise<IntegerKernels>>();

/** The kernels that are exact on the engine's device. Throws `SessionError` when none is. */
export function integerKernelsOf(engine: Engine, onNote?: OnNote): Promise<IntegerKernels> {
  return known(engine.device.name, () => probeIntegerKernels(engine), onNote);
}

/** The same where no engine is at hand: one is started only where the answer is not known. */
export function integerKernelsHere(onNote?: OnNote): Promise<IntegerKernels> {
  return known(
    "cpu",
    async () => {
      await using engine = InferenceProcess.start();
      return await probeIntegerKernels(engine);
    },
    onNote,
  );
}

function known(
  device: string,
  probe: () => Promise<IntegerKernels>,
  onNote: OnNote = () => undefined,
): Promise<IntegerKernels> {
  const file = join(cacheFolder(), "probes", `${machineHash(device)}.json`);
  const kernels = remembered.get(file) ?? readOrProbe(file, probe, onNote);
  remembered.set(file, kernels);
  kernels.catch(() => {
    remembered.delete(file); // A process that was ended says nothing about the machine.
  });
  return kernels;
}

async function readOrProbe(
  file: string,
  probe: () => Promise<IntegerKernels>,
  onNote: OnNote,
): Promise<IntegerKernels> {
  const kept = await readRecord(file);
  if (kept?.success === true) {
    return kept.data;
  }
  if (kept !== undefined) {
    onNote(`what was found out about this machine in ${file} is damaged and is found out again`);
  }
  const kernels = await probe();
  await writeRecord(file, kernels);
  return kernels;
}

/** `undefined` where there is no file, or none that can be read. */
async function readRecord(file: string): Promise<ReturnType<typeof schema.safeParse> | undefined> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch {
    return undefined;
  }
  return schema.safeParse(parsed(text));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function writeRecord(file: string, kernels: IntegerKernels): Promise<void> {
  try {
    await makeFolders(dirname(file));
    await placeWhole(file, (temporary) => writeFile(temporary, JSON.stringify(kernels)));
  } catch {
    // The next process finds it out again.
  }
}

/** Of all that decides which kernels the engine takes. */
function machineHash(device: string): string {
  const machine = [VERSION, engineVersion(), device, platform(), arch(), cpus()[0]?.model ?? "", processorFlags()];
  return createHash("sha256").update(JSON.stringify(machine)).digest("hex").slice(0, 32);
}

/** Virtual machines of one processor's name can lack instructions; where the system tells them, they count. */
function processorFlags(): string {
  try {
    return /^(?:flags|Features)\s*:.*$/m.exec(readFileSync("/proc/cpuinfo", "utf8"))?.[0] ?? "";
  } catch {
    return "";
  }
}
