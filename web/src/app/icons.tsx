/** Line icons of 20 × 20, in the colour of the text beside them. */
import type { ReactNode } from "react";

function icon(path: string, filled = false): () => ReactNode {
  return function Icon() {
    return (
      <svg className="icon-svg" viewBox="0 0 20 20" width="20" height="20" aria-hidden="true">
        <path
          d={path}
          fill={filled ? "currentColor" : "none"}
          stroke="currentColor"
          strokeWidth="1.5"
          strokeLinecap="round"
          strokeLinejoin="round"
        />
      </svg>
    );
  };
}

const STAR = "m10 2.8 2.2 4.6 5 .7-3.6 3.5.9 5L10 14.2l-4.5 2.4.9-5L2.8 8.1l5-.7z";

export const DiceIcon = icon("M4 3h12v14H4zM7.5 7h.01M12.5 7h.01M10 10h.01M7.5 13h.01M12.5 13h.01");
export const ReuseIcon = icon("M4 9a6 6 0 0 1 10.5-3M16 3v4h-4M16 11a6 6 0 0 1-10.5 3M4 17v-4h4");
export const StarIcon = icon(STAR);
export const StarredIcon = icon(STAR, true);
export const DownloadIcon = icon("M10 3v10m-4-4 4 4 4-4M4 17h12");
export const DeleteIcon = icon("M4 5.5h12M8 5.5V3h4v2.5M6 5.5l.7 11.5h6.6L14 5.5");
export const EditIcon = icon("m4 16 .8-3.5L13.5 4l2.6 2.6-8.6 8.6z");
export const CopyIcon = icon("M7 7h10v10H7zM13 7V3H3v10h4");
export const CloseIcon = icon("m5 5 10 10M15 5 5 15");
export const PreviousIcon = icon("m12.5 4-6 6 6 6");
export const NextIcon = icon("m7.5 4 6 6-6 6");
export const UndoIcon = icon("M4 8h8a4 4 0 0 1 0 8H8M4 8l4-4M4 8l4 4");
export const RedoIcon = icon("M16 8H8a4 4 0 0 0 0 8h4M16 8l-4-4M16 8l-4 4");
export const BrushIcon = icon("M16.5 3.5 9 11m-1.2.8c-2-.4-3.4 1-3.6 4.7 3.300.1 5.300-1 5.300-3z");
export const EraserIcon = icon("m7 16-3.500-3.500L12 4l4.500 4.500L9 16zM5 16.500h11");
export const RectangleIcon = icon("M3 5h14v10H3z");
export const LassoIcon = icon(
  "M6 13.500C2.500 12 2 7.500 5.500 5.300S15 4 16.500 7.500 13 14 7.500 13.500c-2 0-2 2.500 0 3",
);
export const InvertIcon = icon("M3 3h14v14H3zM3 17 17 3");
export const ClearIcon = icon("M3 3h14v14H3zM7 7l6 6M13 7l-6 6");
