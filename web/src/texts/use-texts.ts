/** The words of the chosen language, and how it writes numbers. */
import { usePreferences } from "../state/preferences";
import { en, type Texts } from "./en";
import { ru } from "./ru";

const TEXTS = { en, ru } as const;

export function useTexts(): Texts {
  return TEXTS[usePreferences().language];
}

export interface Formats {
  /** `1.5 GB` */
  readonly bytes: (bytes: number) => string;
  /** `12 s`, `3 min` */
  readonly seconds: (seconds: number) => string;
  readonly number: (value: number) => string;
}

export function useFormats(): Formats {
  const { language } = usePreferences();
  const unit = (value: number, name: string, digits: number): string =>
    value.toLocaleString(language, { style: "unit", unit: name, unitDisplay: "short", maximumFractionDigits: digits });
  return {
    bytes: (bytes) => (bytes >= 1e9 ? unit(bytes / 1e9, "gigabyte", 1) : unit(bytes / 1e6, "megabyte", 0)),
    seconds: (seconds) =>
      seconds >= 120 ? unit(seconds / 60, "minute", 0) : unit(seconds, "second", seconds < 10 ? 1 : 0),
    number: (value) => value.toLocaleString(language),
  };
}
