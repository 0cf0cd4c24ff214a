/** The column of settings, which the pages that make pictures share. */
import type { ReactNode } from "react";
import { Button } from "react-aria-components/Button";
import { useModels } from "../api/queries";
import type { JobFields } from "../api/types";
import { useFormats, useTexts } from "../texts/use-texts";
import { changeForm, form } from "./form";
import { KnownWords, ModelFields } from "./ModelFields";
import { NumberInput } from "./NumberInput";
import { PlanLine } from "./PlanLine";
import { PromptFields } from "./PromptFields";
import { SeedField } from "./SeedField";
import { SizeFields } from "./SizeFields";
import { usePlanOf } from "./use-plan-of";

interface FormPanelProps {
  /** The fields of the next job. */
  readonly fields: JobFields;
  readonly onGenerate: () => void;
  /** Left out while nothing runs. */
  readonly onStop: (() => void) | undefined;
  readonly canGenerate: boolean;
  readonly lastSeed: string | null | undefined;
  /** Whether the size is the user's to choose; that of an edited picture is the picture's. */
  readonly sized: boolean;
  /** Settings of the page's own, above those that all share. */
  readonly children?: ReactNode;
}

/** The usual scale counts the unguided prediction once more. */
const USUAL_GUIDANCE_OFFSET = 1;

export function FormPanel({
  fields,
  onGenerate,
  onStop,
  canGenerate,
  lastSeed,
  sized,
  children,
}: FormPanelProps): ReactNode {
  const texts = useTexts();
  const { number } = useFormats();
  const asked = form.use();
  const { data: models } = useModels();
  const model = models?.find(({ id }) => id === asked.model) ?? models?.find((one) => one.default);
  const { plan, problem } = usePlanOf(fields);
  const side = Number(model?.size?.split("x")[0] ?? 1024);
  const { guidance } = asked;
  return (
    <form
      className="panel"
      onSubmit={(event) => {
        event.preventDefault();
        onGenerate();
      }}
    >
      <PromptFields plan={plan} onSubmit={onGenerate} />
      {model?.known_words !== null && model?.known_words !== undefined && <KnownWords words={model.known_words} />}
      <div className="actions">
        <Button className="button primary" isDisabled={!canGenerate} onPress={onGenerate}>
          {texts.generate}
        </Button>
        <Button className="button" isDisabled={onStop === undefined} onPress={() => onStop?.()}>
          {texts.stop}
        </Button>
      </div>
      <PlanLine plan={plan} problem={problem} asked={sized ? asked : { width: undefined, height: undefined }} />
      {children}
      {sized && <SizeFields plan={plan} side={side} />}
      <div className="pair">
        <NumberInput
          label={texts.steps}
          value={asked.steps}
          hint={String(plan?.steps ?? "")}
          min={1}
          max={1000}
          onChange={(steps) => {
            changeForm({ steps });
          }}
        />
        <NumberInput
          label={texts.guidance}
          value={guidance}
          hint={texts.byDefault}
          min={0}
          max={100}
          step={0.5}
          onChange={(value) => {
            changeForm({ guidance: value });
          }}
        />
      </div>
      {guidance !== undefined && (
        <p className="note">{texts.guidanceScales(number(guidance), number(guidance + USUAL_GUIDANCE_OFFSET))}</p>
      )}
      <div className="pair seed-pair">
        <SeedField lastSeed={lastSeed} />
        <NumberInput
          label={texts.count}
          value={asked.count}
          min={1}
          max={16}
          onChange={(count) => {
            changeForm({ count: count ?? 1 });
          }}
        />
      </div>
      <ModelFields model={model} />
    </form>
  );
}
