/** The fields of a job that changes a picture. */
import type { JobFields } from "../api/types";
import { fieldsOf, type Form } from "../form/form";
import { type MaskStep, maskFile } from "./mask";
import type { Source } from "./source";

export const SIDES = ["left", "top", "right", "bottom"] as const;
export type Sides = Readonly<Record<(typeof SIDES)[number], number>>;
export const NO_SIDES: Sides = { left: 0, top: 0, right: 0, bottom: 0 };

export interface Edit {
  readonly source: Source;
  readonly strength: number | undefined;
  readonly steps: readonly MaskStep[];
  readonly extend: Sides;
  readonly maskBlur: number | undefined;
  readonly onlyMasked: boolean;
}

export type EditKind = "change" | "repaint" | "extend";

export function kindOf({ steps, extend }: Pick<Edit, "steps" | "extend">): EditKind {
  return SIDES.some((side) => extend[side] > 0) ? "extend" : steps.length > 0 ? "repaint" : "change";
}

/** Without the mask, which is made when the job is sent. The size is the picture's own. */
export function plannedFields(asked: Form, edit: Edit): JobFields {
  const kind = kindOf(edit);
  const { source, strength, extend, maskBlur, onlyMasked } = edit;
  return {
    ...fieldsOf({ ...asked, width: undefined, height: undefined }),
    image: source.id,
    ...(kind === "extend" ? { extend } : strength === undefined ? {} : { strength }),
    ...(kind === "change" || maskBlur === undefined ? {} : { mask_blur: maskBlur }),
    ...(kind === "repaint" && onlyMasked ? { mask_area: "only" as const } : {}),
  };
}

export async function editFields(asked: Form, edit: Edit): Promise<JobFields> {
  const mask = await maskFile(edit.steps, edit.source);
  const fields = plannedFields(asked, mask === undefined ? { ...edit, steps: [] } : edit);
  return mask === undefined ? fields : { ...fields, mask: await pngUrlOf(mask) };
}

async function pngUrlOf(file: Blob): Promise<string> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  const text = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  return `data:image/png;base64,${btoa(text)}`;
}
