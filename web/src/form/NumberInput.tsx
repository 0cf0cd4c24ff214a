/** A number with a label of its own. Empty is `undefined`: the model's own value, which is shown as a hint. */
import { type ReactNode, useId } from "react";

export interface NumberInputProps {
  readonly label: string;
  readonly value: number | undefined;
  readonly onChange: (value: number | undefined) => void;
  readonly min: number;
  readonly max: number;
  readonly step?: number;
  readonly hint?: string;
}

export function NumberInput({ label, value, onChange, min, max, step = 1, hint }: NumberInputProps): ReactNode {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        type="number"
        inputMode="decimal"
        value={value ?? ""}
        placeholder={hint}
        min={min}
        max={max}
        step={step}
        onChange={({ target }) => {
          onChange(Number.isNaN(target.valueAsNumber) ? undefined : target.valueAsNumber);
        }}
      />
    </div>
  );
}
