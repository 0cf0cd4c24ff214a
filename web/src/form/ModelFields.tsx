/** Which model paints, how exactly, and what a small one knows. */
import { type ReactNode, useId } from "react";
import { Button } from "react-aria-components/Button";
import { useModels } from "../api/queries";
import type { Model } from "../api/types";
import { useTexts } from "../texts/use-texts";
import { changeForm, form, formOf } from "./form";

export function ModelFields({ model }: { readonly model: Model | undefined }): ReactNode {
  const texts = useTexts();
  const { data: models = [] } = useModels();
  const asked = form.use();
  const [modelId, presetId] = [useId(), useId()];
  return (
    <div className="pair">
      <div className="field">
        <label htmlFor={modelId}>{texts.model}</label>
        <select
          id={modelId}
          value={model?.id ?? ""}
          onChange={({ target }) => {
            changeForm({ model: target.value });
          }}
        >
          {models.map(({ id, problem }) => (
            <option key={id} value={id} disabled={problem !== null}>
              {id}
            </option>
          ))}
        </select>
      </div>
      <div className="field">
        <label htmlFor={presetId}>{texts.preset}</label>
        <select
          id={presetId}
          value={asked.preset ?? ""}
          onChange={({ target }) => {
            changeForm({ preset: formOf({ preset: target.value }).preset });
          }}
        >
          <option value="">{texts.byDefault}</option>
          <option value="exact">{texts.presetExact}</option>
          <option value="balanced">{texts.presetBalanced}</option>
          <option value="fast">{texts.presetFast}</option>
        </select>
      </div>
    </div>
  );
}

/** With few words to know, they are there to be picked. */
export function KnownWords({ words }: { readonly words: readonly string[] }): ReactNode {
  const texts = useTexts();
  return (
    <details className="known">
      <summary>{texts.words}</summary>
      <p className="note">{texts.bundledModel}</p>
      <div className="chips">
        {words.map((word) => (
          <Button
            key={word}
            className="chip"
            onPress={() => {
              changeForm({ prompt: [form.get().prompt.trimEnd(), word].filter((part) => part !== "").join(" ") });
            }}
          >
            {word}
          </Button>
        ))}
      </div>
    </details>
  );
}
