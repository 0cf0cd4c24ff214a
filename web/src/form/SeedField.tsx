/** The seed: empty for a random one, or a number that gives the same picture again. */
import { type ReactNode, useId } from "react";
import { Button } from "react-aria-components/Button";
import { DiceIcon, ReuseIcon } from "../app/icons";
import { useTexts } from "../texts/use-texts";
import { changeForm, form } from "./form";

export function SeedField({ lastSeed }: { readonly lastSeed: string | null | undefined }): ReactNode {
  const texts = useTexts();
  const { seed } = form.use();
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{texts.seed}</label>
      <div className="with-buttons">
        <input
          id={id}
          type="text"
          inputMode="numeric"
          pattern="-?[0-9]*"
          value={seed}
          placeholder={texts.seedHint}
          onChange={({ target }) => {
            changeForm({ seed: target.value.replace(/[^\d-]/g, "") });
          }}
        />
        <Button
          className="button icon"
          aria-label={texts.randomSeed}
          onPress={() => {
            changeForm({ seed: "" });
          }}
        >
          <DiceIcon />
        </Button>
        <Button
          className="button icon"
          aria-label={texts.reuseSeed}
          isDisabled={lastSeed === undefined || lastSeed === null}
          onPress={() => {
            changeForm({ seed: lastSeed ?? "" });
          }}
        >
          <ReuseIcon />
        </Button>
      </div>
    </div>
  );
}
