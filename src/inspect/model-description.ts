/** A model folder described: its parts with their dimensions and what their files hold. */
import { relative } from "node:path";
import { componentPath, missingParts, openWeightsOf } from "../loading/model-folder.js";
import { readComponentConfig, SCHEDULER_FILE, tokenizerFiles } from "../loading/component-config.js";
import { readDefaults } from "../loading/generation-config.js";
import { readKnownWords } from "../loading/known-words.js";
import { readScheduler } from "../loading/model-components.js";
import { summarize, type TensorTotals } from "./summary.js";
import { type ComponentName, COMPONENTS } from "../components/components.js";
import { auditWeights } from "../components/audit-weights.js";
import { InternalError, KandinskyError } from "../errors.js";
import type { OnNote } from "../files/json-file.js";
import type { ModelFolder } from "../loading/layout.js";
import { quoted } from "../text/quote.js";
import { loadTokenizer } from "../tokenizer/tokenizer.js";

export interface PartDescription {
  /** The configuration's values that decide what is computed; none where they cannot be used. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly files: readonly string[];
  readonly weights?: TensorTotals & { readonly dtypes: Readonly<Record<string, TensorTotals>> };
}

export interface ModelDescription {
  readonly path: string;
  readonly className: string;
  readonly parts: Readonly<Partial<Record<ComponentName, PartDescription>>>;
  readonly parameters: number;
  readonly bytes: number;
  /** What is passed over, each in a sentence. */
  readonly notes: readonly string[];
  /** Why the model cannot be run: all that cannot be used, is missing, has another shape or type, or is not used, each in a sentence. */
  readonly problems: readonly string[];
}

/** Describes as much as there is: what is wrong with a part is among the problems. Opened with every part dispensable. */
export async function describeModel(
  folder: ModelFolder,
  options: { readonly variant?: string },
): Promise<ModelDescription> {
  const parts: Partial<Record<ComponentName, PartDescription>> = {};
  const findings: Findings = { notes: new Set(folder.notes), problems: lacking(folder) };
  let [parameters, bytes] = [0, 0];
  for (const part of folder.components) {
    const description = await describePart(folder, part, options, findings);
    parts[part] = description;
    parameters += description.weights?.parameters ?? 0;
    bytes += description.weights?.bytes ?? 0;
  }
  await attempt(findings, () => readDefaults(folder.path, noteTo(findings)));
  await attempt(findings, () => readKnownWords(folder.path, noteTo(findings)));
  const { notes, problems } = findings;
  return { path: folder.path, className: folder.className, parts, parameters, bytes, notes: [...notes], problems };
}

function lacking(folder: ModelFolder): string[] {
  return missingParts(folder.components).map((part) => `${folder.path}: there is no folder for ${quoted(part)}`);
}

interface Findings {
  readonly notes: Set<string>;
  readonly problems: string[];
}

async function describePart(
  folder: ModelFolder,
  part: ComponentName,
  options: { readonly variant?: string },
  findings: Findings,
): Promise<PartDescription> {
  const onNote = noteTo(findings);
  if (part === "tokenizer") {
    await attempt(findings, () => loadTokenizer(componentPath(folder, part), onNote));
    return { config: {}, files: (await attempt(findings, () => tokenizerFiles(folder))) ?? [] };
  }
  if (part === "scheduler") {
    const scheduler = await attempt(findings, () => readScheduler(folder, onNote));
    findings.problems.push(...(scheduler?.refusal === undefined ? [] : [scheduler.refusal]));
    return { config: scheduler?.config ?? {}, files: folder.layout === "diffusers" ? [SCHEDULER_FILE] : [] };
  }
  const { network } = COMPONENTS[part];
  const config = await attempt(findings, async () => {
    const { json, file } = await readComponentConfig(folder, part, onNote);
    return network.parseConfig(json, file, onNote);
  });
  const source = await attempt(findings, () => openWeightsOf(folder, part, options), `${part}: `);
  if (source === undefined) {
    return { config: config ?? {}, files: [] };
  }
  if (config !== undefined) {
    const audit = (): Promise<void> =>
      Promise.resolve().then(() => {
        auditWeights([{ network, config, source }]);
      });
    await attempt(findings, audit, `${source.name}: `);
  }
  const { tensors, parameters, bytes, dtypes, files } = summarize(source);
  const names = files.map((path) => relative(folder.path, path));
  const weights = { tensors, parameters, bytes, dtypes: Object.fromEntries(dtypes) };
  return { config: config ?? {}, files: names, weights };
}
function noteTo({ notes }: Findings): OnNote {
  return (note) => notes.add(note);
}

/** Does a piece of the work. What is wrong with the model is noted, all of it, and nothing comes of the piece. */
async function attempt<Result>(
  { problems }: Findings,
  work: () => Promise<Result>,
  prefix = "",
): Promise<Result | undefined> {
  try {
    return await work();
  } catch (thrown) {
    if (!(thrown instanceof KandinskyError) || thrown instanceof InternalError) {
      throw thrown;
    }
    problems.push(...(thrown.details.length > 0 ? thrown.details.map((one) => prefix + one) : [thrown.message]));
    return undefined;
  }
}

/** The description as text for people. */
export function formatDescription({ path, className, parts, parameters, bytes, ...rest }: ModelDescription): string {
  const lines = [`${path} (${className})`, `${formatCount(parameters)} parameters, ${formatBytes(bytes)}`];
  for (const [name, part] of Object.entries(parts)) {
    lines.push("", name);
    if (part.weights !== undefined) {
      const { weights } = part;
      const dtypes = Object.entries(weights.dtypes).map(
        ([dtype, totals]) => `${dtype} ${formatCount(totals.parameters)} (${formatBytes(totals.bytes)})`,
      );
      lines.push(
        `  ${formatCount(weights.parameters)} parameters in ${weights.tensors} tensors, ${formatBytes(weights.bytes)}`,
        `  ${"dtypes".padEnd(NAME_COLUMN)} ${dtypes.join(", ")}`,
      );
    }
    if (part.files.length > 0) {
      lines.push(`  ${"files".padEnd(NAME_COLUMN)} ${part.files.join(", ")}`);
    }
    for (const [key, value] of Object.entries(part.config)) {
      if (value !== undefined) {
        lines.push(`  ${key.padEnd(NAME_COLUMN)} ${typeof value === "string" ? value : JSON.stringify(value)}`);
      }
    }
  }
  for (const kind of ["notes", "problems"] as const) {
    if (rest[kind].length > 0) {
      lines.push("", kind, ...rest[kind].map((sentence) => `  ${sentence}`));
    }
  }
  return `${lines.join("\n")}\n`;
}

/** Width of the longest usual key. */
const NAME_COLUMN = 32;

/** `3,066,281,412 (3.07 B)` */
function formatCount(count: number): string {
  const units = [
    [1e9, "B"],
    [1e6, "M"],
  ] as const;
  const unit = units.find(([size]) => count >= size);
  const exact = count.toLocaleString("en-US");
  return unit === undefined ? exact : `${exact} (${(count / unit[0]).toPrecision(3)} ${unit[1]})`;
}

function formatBytes(bytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  const power = bytes === 0 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10));
  return `${(bytes / 1024 ** power).toFixed(power === 0 ? 0 : 1)} ${units[power] ?? ""}`;
}
