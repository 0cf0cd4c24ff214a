/** What the next picture will cost, before the button is pressed. */
import type { ReactNode } from "react";
import type { Plan } from "../api/types";
import { useFormats, useTexts } from "../texts/use-texts";

interface PlanLineProps {
  readonly plan: Plan | undefined;
  readonly problem: string | undefined;
  readonly asked: { readonly width: number | undefined; readonly height: number | undefined };
}

export function PlanLine({ plan, problem, asked }: PlanLineProps): ReactNode {
  const texts = useTexts();
  const formats = useFormats();
  if (problem !== undefined) {
    return (
      <p className="note warning" role="status">
        {problem}
      </p>
    );
  }
  if (plan === undefined) {
    return <p className="note">&nbsp;</p>;
  }
  const memory = formats.bytes(plan.memory_bytes);
  const rounded =
    (asked.width !== undefined && asked.width !== plan.width) ||
    (asked.height !== undefined && asked.height !== plan.height);
  return (
    <div className="plan">
      <p className="note">
        {plan.seconds === null ? texts.memoryOnly(memory) : texts.planned(formats.seconds(plan.seconds), memory)}
        {rounded && `; ${texts.rounded(`${plan.width} × ${plan.height}`)}`}
      </p>
      {!plan.fits && <p className="note warning">{texts.tooMuch}</p>}
      {plan.notes.map((note) => (
        <p className="note" key={note}>
          {note}
        </p>
      ))}
    </div>
  );
}
