/** Language and theme, as this browser's user wants them. */
import { membersOf, stored } from "./stored";

export type Language = "en" | "ru";
export type Theme = "system" | "light" | "dark";

interface Preferences {
  readonly language: Language;
  readonly theme: Theme;
}

const preferences = stored<Preferences>("preferences", (kept) => {
  const { language, theme } = membersOf(kept);
  const russian = navigator.languages[0]?.toLowerCase().startsWith("ru") === true;
  return {
    language: language === "en" || language === "ru" ? language : russian ? "ru" : "en",
    theme: theme === "light" || theme === "dark" ? theme : "system",
  };
});

export const usePreferences = preferences.use;

export function setPreferences(change: Partial<Preferences>): void {
  preferences.set({ ...preferences.get(), ...change });
  applyPreferences();
}

/** Tells the document, whose style sheets and readers go by it. */
export function applyPreferences(): void {
  const { language, theme } = preferences.get();
  const { documentElement: root } = document;
  root.lang = language;
  if (theme === "system") {
    delete root.dataset["theme"];
  } else {
    root.dataset["theme"] = theme;
  }
}
