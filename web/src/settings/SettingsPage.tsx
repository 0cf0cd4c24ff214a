/** Language, theme, key, and the models. */
import { type ReactNode, useId } from "react";
import { Button } from "react-aria-components/Button";
import { setKey, useSignIn } from "../api/key";
import { queryClient, useModels } from "../api/queries";
import { type Language, setPreferences, type Theme, usePreferences } from "../state/preferences";
import { useTexts } from "../texts/use-texts";
import { KeyForm } from "./KeyForm";
import { ModelCard } from "./ModelCard";
import { PullModel } from "./PullModel";

const LANGUAGES = [
  ["en", "English"],
  ["ru", "Русский"],
] as const satisfies readonly (readonly [Language, string])[];
const THEMES = ["system", "light", "dark"] as const satisfies readonly Theme[];

export function SettingsPage(): ReactNode {
  const texts = useTexts();
  const { language, theme } = usePreferences();
  const { key } = useSignIn();
  const { data: models = [] } = useModels();
  const [languageId, themeId] = [useId(), useId()];
  const changeKey = (next: string): void => {
    setKey(next);
    void queryClient.invalidateQueries();
  };
  return (
    <main className="settings">
      <section>
        <div className="pair">
          <div className="field">
            <label htmlFor={languageId}>{texts.language}</label>
            <select
              id={languageId}
              value={language}
              onChange={({ target }) => {
                setPreferences({ language: LANGUAGES.find(([one]) => one === target.value)?.[0] ?? "en" });
              }}
            >
              {LANGUAGES.map(([one, name]) => (
                <option key={one} value={one} lang={one}>
                  {name}
                </option>
              ))}
            </select>
          </div>
          <div className="field">
            <label htmlFor={themeId}>{texts.theme}</label>
            <select
              id={themeId}
              value={theme}
              onChange={({ target }) => {
                setPreferences({ theme: THEMES.find((one) => one === target.value) ?? "system" });
              }}
            >
              {THEMES.map((one) => (
                <option key={one} value={one}>
                  {texts[one]}
                </option>
              ))}
            </select>
          </div>
        </div>
      </section>
      <section>
        <h2>{texts.models}</h2>
        {models.map((model) => (
          <ModelCard key={model.id} model={model} />
        ))}
        <PullModel />
      </section>
      <section>
        <h2>{texts.apiKey}</h2>
        <p className="note">{key === "" ? texts.noKey : texts.signedIn}</p>
        {key === "" ? (
          <KeyForm onKey={changeKey} />
        ) : (
          <div>
            <Button
              className="button"
              onPress={() => {
                changeKey("");
              }}
            >
              {texts.signOut}
            </Button>
          </div>
        )}
      </section>
    </main>
  );
}
