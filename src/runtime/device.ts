/** What a program is opened on. One row a device: what the engine calls it, and what may be asked of it. */
import { UsageError } from "../errors.js";

export interface Device {
  readonly name: string;
  /** ONNX Runtime's name for it. */
  readonly executionProvider: string;
  readonly accepts: {
    /** Products of 8-bit integers: MatMulInteger and ConvInteger. Whether their sums are exact is measured. */
    readonly integerProducts: boolean;
  };
}

const CPU: Device = { name: "cpu", executionProvider: "cpu", accepts: { integerProducts: true } };

/** Devices that networks run on. The next provider is a row here, once the tests of every engine hold on it. */
export const DEVICES: readonly Device[] = [CPU];

/** The device called `name`; `auto` is the fastest of those that give the reference's results. Throws `UsageError`. */
export function deviceNamed(name: string): Device {
  const device = name === "auto" ? CPU : DEVICES.find((candidate) => candidate.name === name);
  if (device === undefined) {
    const names = ["auto", ...DEVICES.map((candidate) => candidate.name)].join(" or ");
    throw new UsageError(`device: expected ${names} (the only ones so far), got ${JSON.stringify(name)}`);
  }
  return device;
}
