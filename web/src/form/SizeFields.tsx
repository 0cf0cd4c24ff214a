/** The size: shapes of about the model's own area, or exact sides. */
import type { ReactNode } from "react";
import { Button } from "react-aria-components/Button";
import type { Plan } from "../api/types";
import { useTexts } from "../texts/use-texts";
import { changeForm, form } from "./form";
import { NumberInput } from "./NumberInput";

const LARGEST = 4096;
/** The latents are so many times smaller than the picture, in steps that the U-Net can halve. */
const STEP = 64;
const SHAPES = [
  ["square", 1],
  ["landscape", 4 / 3],
  ["portrait", 3 / 4],
  ["wide", 16 / 9],
] as const;

export function SizeFields({ plan, side }: { readonly plan: Plan | undefined; readonly side: number }): ReactNode {
  const texts = useTexts();
  const { width, height } = form.use();
  return (
    <fieldset className="group">
      <legend>{texts.shape}</legend>
      <div className="chips">
        {SHAPES.map(([name, ratio]) => {
          const size = sizeOf(side, ratio);
          return (
            <Button
              key={name}
              className="chip"
              onPress={() => {
                changeForm(ratio === 1 ? { width: undefined, height: undefined } : size);
              }}
            >
              {texts[name]}
            </Button>
          );
        })}
      </div>
      <div className="pair">
        <NumberInput
          label={texts.width}
          value={width}
          hint={String(plan?.width ?? "")}
          min={64}
          max={LARGEST}
          step={8}
          onChange={(value) => {
            changeForm({ width: value });
          }}
        />
        <NumberInput
          label={texts.height}
          value={height}
          hint={String(plan?.height ?? "")}
          min={64}
          max={LARGEST}
          step={8}
          onChange={(value) => {
            changeForm({ height: value });
          }}
        />
      </div>
    </fieldset>
  );
}

/** Sides of about the area of a square of this side. */
function sizeOf(side: number, ratio: number): { readonly width: number; readonly height: number } {
  const step = side < 512 ? STEP / 2 : STEP;
  const round = (length: number): number => Math.max(step, Math.round(length / step) * step);
  return { width: round(side * Math.sqrt(ratio)), height: round(side / Math.sqrt(ratio)) };
}
