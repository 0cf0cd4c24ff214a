/** Two pictures of one size, one over the other, and what parts them. */
import { type ReactNode, useState } from "react";
import type { JobImage } from "../api/types";
import { KeptPicture } from "./KeptPicture";

interface CompareSliderProps {
  readonly label: string;
  readonly before: Pick<JobImage, "id" | "width" | "height">;
  readonly after: Pick<JobImage, "id" | "width" | "height">;
  readonly beforeName: string;
  readonly afterName: string;
}

export function CompareSlider({ label, before, after, beforeName, afterName }: CompareSliderProps): ReactNode {
  const [split, setSplit] = useState(50);
  return (
    <div className="compare" style={{ ["--split" as string]: `${split}%` }}>
      <KeptPicture picture={before} alt={beforeName} />
      <div className="after">
        <KeptPicture picture={after} alt={afterName} />
      </div>
      <input
        type="range"
        aria-label={label}
        min={0}
        max={100}
        value={split}
        onChange={({ target }) => {
          setSplit(target.valueAsNumber);
        }}
      />
    </div>
  );
}
