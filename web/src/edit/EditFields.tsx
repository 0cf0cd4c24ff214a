/** What is done to the picture, in numbers. */
import { type ReactNode, useId } from "react";
import type { Plan } from "../api/types";
import { NumberInput } from "../form/NumberInput";
import { useFormats, useTexts } from "../texts/use-texts";
import { type EditKind, SIDES, type Sides } from "./edit-fields";

/** What the server takes where none is given. */
export const DEFAULT_STRENGTH = 0.7;
const LARGEST = 4096;

interface EditFieldsProps {
  readonly kind: EditKind;
  readonly strength: number;
  readonly onStrength: (strength: number) => void;
  readonly plan: Plan | undefined;
  readonly extend: Sides;
  readonly onExtend: (extend: Sides) => void;
  readonly maskBlur: number | undefined;
  readonly onMaskBlur: (pixels: number | undefined) => void;
  readonly onlyMasked: boolean;
  readonly onOnlyMasked: (only: boolean) => void;
}

export function EditFields(props: EditFieldsProps): ReactNode {
  const texts = useTexts();
  const { number } = useFormats();
  const id = useId();
  const { kind, strength, plan, extend } = props;
  const what = { change: texts.willChange, repaint: texts.willRepaint, extend: texts.willExtend }[kind];
  return (
    <>
      <p className="note">{what}</p>
      <div className="field">
        <div className="label-line">
          <label htmlFor={id}>{texts.strength}</label>
          <span className="note">
            {number(strength)}
            {plan !== undefined && kind !== "extend" && ` · ${texts.realSteps(plan.steps)}`}
          </span>
        </div>
        <input
          id={id}
          type="range"
          min={0.05}
          max={1}
          step={0.05}
          value={strength}
          onChange={({ target }) => {
            props.onStrength(target.valueAsNumber);
          }}
        />
      </div>
      {kind !== "change" && (
        <NumberInput
          label={texts.maskBlur}
          value={props.maskBlur}
          hint="0"
          min={0}
          max={256}
          onChange={props.onMaskBlur}
        />
      )}
      {kind === "repaint" && (
        <label className="check">
          <input
            type="checkbox"
            checked={props.onlyMasked}
            onChange={({ target }) => {
              props.onOnlyMasked(target.checked);
            }}
          />
          {texts.onlyMasked}
        </label>
      )}
      <fieldset className="group">
        <legend>{texts.extend}</legend>
        <div className="pair">
          {SIDES.map((side) => (
            <NumberInput
              key={side}
              label={texts.sides[side]}
              value={extend[side] === 0 ? undefined : extend[side]}
              hint="0"
              min={0}
              max={LARGEST}
              step={8}
              onChange={(pixels) => {
                props.onExtend({ ...extend, [side]: pixels ?? 0 });
              }}
            />
          ))}
        </div>
      </fieldset>
    </>
  );
}
