/** Options that do not belong to the kind of work or to the sampler, as the table of options says it. */
import { UsageError } from "../../errors.js";
import type { SamplerName } from "../../scheduler/samplers.js";
import type { Mode } from "./mode.js";
import { generateSchema, OPTION_ROWS } from "./option-table.js";
import type { OptionRow } from "./options/row.js";
import type { ParsedOptions } from "./options.js";

interface GivenOption {
  readonly name: string;
  readonly value: unknown;
  readonly row: OptionRow;
}

/** Throws `UsageError` for an option that another kind of work has. */
export function refuseOtherModes(options: ParsedOptions, mode: Mode): void {
  const others = givenOptions(options).filter(({ row }) => row.modes?.includes(mode) === false);
  const [first] = others;
  if (first === undefined) {
    return;
  }
  const problem = first.row.otherMode?.(first.value) ?? `got for ${mode}, expected none`;
  // A picture forbids several options for one reason; an option that lacks something names itself alone.
  const alike = first.row.modes?.includes("text-to-image") === true ? others : [first];
  const names = alike.map(({ name }) => name);
  throw new UsageError(`${names.join(" and ")}: ${problem}`, { options: names });
}

/** Throws `UsageError` for an option that another sampler has. */
export function refuseOtherSamplers(options: ParsedOptions, sampler: SamplerName): void {
  const other = givenOptions(options).find(({ row }) => row.samplers?.includes(sampler) === false);
  if (other !== undefined) {
    const { name, value, row } = other;
    throw UsageError.of(name, row.otherSampler?.(value, sampler) ?? `got with the sampler ${sampler}, expected none`);
  }
}

/** A switch that is off asks for nothing. */
function givenOptions(options: ParsedOptions): GivenOption[] {
  const values = new Map<string, unknown>(Object.entries(options));
  return Object.keys(generateSchema.shape).flatMap((name) => {
    const [value, row] = [values.get(name), OPTION_ROWS.get(name)];
    return row === undefined || value === undefined || value === false ? [] : [{ name, value, row }];
  });
}
