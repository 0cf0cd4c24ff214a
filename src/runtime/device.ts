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

/** What a user may ask for; `auto` is the fastest device of those that give the reference's results. */
export const DEVICE_NAMES = ["auto", "cpu"] as const;
type DeviceName = Exclude<(typeof DEVICE_NAMES)[number], "auto">;

/** Devices that networks run on. The next provider is a row here, once the tests of every engine hold on it. */
const DEVICES: Readonly<Record<DeviceName, Device>> = {
  cpu: { name: "cpu", executionProvider: "cpu", accepts: { integerProducts: true } },
};

/** Whether networks are run on what ONNX Runtime calls `provider`. */
export function isUsed(provider: string): boolean {
  return Object.values(DEVICES).some(({ executionProvider }) => executionProvider === provider);
}

/** The device called `name`. Throws `UsageError`. */
export function deviceNamed(name: string): Device {
  const known = DEVICE_NAMES.find((candidate) => candidate === name);
  if (known === undefined) {
    throw UsageError.of(
      "device",
      `expected ${DEVICE_NAMES.join(" or ")} (the only ones so far), got ${JSON.stringify(name)}`,
    );
  }
  return DEVICES[known === "auto" ? "cpu" : known];
}
