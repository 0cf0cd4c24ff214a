/** The texts, with what the model will read of them. */
import { type KeyboardEvent, type ReactNode, useId } from "react";
import type { Plan } from "../api/types";
import { useTexts } from "../texts/use-texts";
import { changeForm, form } from "./form";

export const PROMPT_ID = "prompt";

export function PromptFields({
  plan,
  onSubmit,
}: {
  readonly plan: Plan | undefined;
  readonly onSubmit: () => void;
}): ReactNode {
  const texts = useTexts();
  const { prompt, negativePrompt } = form.use();
  const [negativeId, noteId] = [useId(), useId()];
  const submitOnKeys = (event: KeyboardEvent): void => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      onSubmit();
    }
  };
  return (
    <>
      <div className="field">
        <div className="label-line">
          <label htmlFor={PROMPT_ID}>{texts.prompt}</label>
          <span className="note" id={noteId}>
            {plan === undefined || prompt === "" ? "" : texts.tokens(plan.tokens)}
          </span>
        </div>
        <textarea
          id={PROMPT_ID}
          rows={4}
          value={prompt}
          placeholder={texts.promptHint}
          aria-describedby={noteId}
          onKeyDown={submitOnKeys}
          onChange={({ target }) => {
            changeForm({ prompt: target.value });
          }}
        />
        {plan?.cut !== null && plan?.cut !== undefined && <p className="note warning">{texts.cut(plan.cut)}</p>}
      </div>
      <div className="field">
        <label htmlFor={negativeId}>{texts.negativePrompt}</label>
        <textarea
          id={negativeId}
          rows={2}
          value={negativePrompt}
          placeholder={texts.negativeHint}
          onKeyDown={submitOnKeys}
          onChange={({ target }) => {
            changeForm({ negativePrompt: target.value });
          }}
        />
      </div>
    </>
  );
}
