/** What the pointer does on the canvas, and what is done to the mask as a whole. */
import type { ReactNode } from "react";
import { Button } from "react-aria-components/Button";
import { ToggleButton } from "react-aria-components/ToggleButton";
import { ToggleButtonGroup } from "react-aria-components/ToggleButtonGroup";
import {
  BrushIcon,
  ClearIcon,
  EraserIcon,
  InvertIcon,
  LassoIcon,
  RectangleIcon,
  RedoIcon,
  UndoIcon,
} from "../app/icons";
import { useTexts } from "../texts/use-texts";
import { type MaskHistory, NO_MASK, redo, type Tool, undo, withStep } from "./mask";

const TOOLS = [
  ["brush", BrushIcon],
  ["eraser", EraserIcon],
  ["rectangle", RectangleIcon],
  ["lasso", LassoIcon],
] as const satisfies readonly (readonly [Tool, () => ReactNode])[];

export const BRUSH = { smallest: 1, largest: 40 } as const;

interface MaskToolbarProps {
  readonly tool: Tool;
  readonly onTool: (tool: Tool) => void;
  /** In percent of the picture's longer side. */
  readonly brush: number;
  readonly onBrush: (brush: number) => void;
  readonly history: MaskHistory;
  readonly onHistory: (history: MaskHistory) => void;
}

export function MaskToolbar({ tool, onTool, brush, onBrush, history, onHistory }: MaskToolbarProps): ReactNode {
  const texts = useTexts();
  const steps = [
    [texts.undo, UndoIcon, history.steps.length > 0, undo],
    [texts.redo, RedoIcon, history.undone.length > 0, redo],
    [texts.invertMask, InvertIcon, true, (before: MaskHistory) => withStep(before, "invert")],
    [texts.clearMask, ClearIcon, history.steps.length > 0, () => NO_MASK],
  ] as const;
  return (
    <div className="toolbar">
      <ToggleButtonGroup
        className="with-buttons"
        aria-label={texts.tool}
        selectionMode="single"
        disallowEmptySelection
        selectedKeys={[tool]}
        onSelectionChange={(keys) => {
          const chosen = TOOLS.find(([name]) => keys.has(name));
          if (chosen !== undefined) {
            onTool(chosen[0]);
          }
        }}
      >
        {TOOLS.map(([name, Icon]) => (
          <ToggleButton key={name} id={name} className="button icon" aria-label={texts[name]}>
            <Icon />
          </ToggleButton>
        ))}
      </ToggleButtonGroup>
      <label className="size">
        <span>{texts.brushSize}</span>
        <input
          type="range"
          min={BRUSH.smallest}
          max={BRUSH.largest}
          value={brush}
          onChange={({ target }) => {
            onBrush(target.valueAsNumber);
          }}
        />
      </label>
      {steps.map(([label, Icon, enabled, change]) => (
        <Button
          key={label}
          className="button icon"
          aria-label={label}
          isDisabled={!enabled}
          onPress={() => {
            onHistory(change(history));
          }}
        >
          <Icon />
        </Button>
      ))}
    </div>
  );
}
