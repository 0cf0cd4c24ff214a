/** A model folder described: its parts with their dimensions and what their files hold. */
import { relative } from "node:path";
import { openWeightsOf } from "../loading/model-folder.js";
import { readComponentConfig, tokenizerFiles } from "../loading/component-config.js";
import { summarize, type TensorTotals } from "./summary.js";
import { parseSchedulerConfig } from "../scheduler/config.js";
import { type ComponentName, COMPONENTS } from "../components/components.js";
import { auditWeights } from "../components/audit-weights.js";
import type { OpenedNetwork } from "../components/network.js";
import { CheckpointError, KandinskyError } from "../errors.js";
import type { ModelFolder } from "../loading/layout.js";

export interface PartDescription {
  /** The configuration's values that decide what is computed. */
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
  /** Every tensor that is missing, has another shape or type, or is not used, each in a sentence. */
  readonly problems: readonly string[];
}

/** Reads configurations and file headers. Throws `CheckpointError` or `ConfigError`. */
export async function describeModel(
  folder: ModelFolder,
  options: { readonly variant?: string },
): Promise<ModelDescription> {
  const parts: Partial<Record<ComponentName, PartDescription>> = {};
  const problems: string[] = [];
  let [parameters, bytes] = [0, 0];
  for (const part of folder.components) {
    const description = await describePart(folder, part, options, problems);
    parts[part] = description;
    parameters += description.weights?.parameters ?? 0;
    bytes += description.weights?.bytes ?? 0;
  }
  return { path: folder.path, className: folder.className, parts, parameters, bytes, problems };
}

async function describePart(
  folder: ModelFolder,
  part: ComponentName,
  options: { readonly variant?: string },
  problems: string[],
): Promise<PartDescription> {
  if (part === "tokenizer") {
    return { config: {}, files: await tokenizerFiles(folder) };
  }
  const { json, file } = await readComponentConfig(folder, part);
  if (part === "scheduler") {
    const files = folder.layout === "diffusers" ? [relative(folder.path, file)] : [];
    return { config: parseSchedulerConfig(json, file), files };
  }
  const { network } = COMPONENTS[part];
  const config = network.parseConfig(json, file);
  const source = await openWeightsOf(folder, part, options);
  problems.push(...auditProblems({ network, config, source }));
  const { tensors, parameters, bytes, dtypes, files } = summarize(source);
  const names = files.map((path) => relative(folder.path, path));
  return { config, files: names, weights: { tensors, parameters, bytes, dtypes: Object.fromEntries(dtypes) } };
}

/** What an audit of the part has to say, without a bound. */
function auditProblems(opened: OpenedNetwork): string[] {
  try {
    auditWeights([opened]);
    return [];
  } catch (thrown) {
    if (thrown instanceof CheckpointError && thrown.details.length > 0) {
      return thrown.details.map((detail) => `${opened.source.name}: ${detail}`);
    }
    if (thrown instanceof KandinskyError) {
      return [thrown.message];
    }
    throw thrown;
  }
}

/** The description as text for people. */
export function formatDescription({ path, className, parts, parameters, bytes, problems }: ModelDescription): string {
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
  if (problems.length > 0) {
    lines.push("", "problems", ...problems.map((problem) => `  ${problem}`));
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
