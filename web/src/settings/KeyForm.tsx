/** Where an API key is entered. */
import { type ReactNode, useId, useState } from "react";
import { Button } from "react-aria-components/Button";
import { useTexts } from "../texts/use-texts";

export function KeyForm({ onKey }: { readonly onKey: (key: string) => void }): ReactNode {
  const texts = useTexts();
  const [entered, setEntered] = useState("");
  const id = useId();
  return (
    <form
      className="key-form"
      onSubmit={(event) => {
        event.preventDefault();
        onKey(entered.trim());
        setEntered("");
      }}
    >
      <div className="field">
        <label htmlFor={id}>{texts.apiKey}</label>
        <input
          id={id}
          type="password"
          autoComplete="off"
          value={entered}
          onChange={({ target }) => {
            setEntered(target.value);
          }}
        />
      </div>
      <Button className="button primary" type="submit" isDisabled={entered.trim() === ""}>
        {texts.signIn}
      </Button>
    </form>
  );
}
