/** A picture that the server keeps. */
import type { ReactNode } from "react";
import type { JobImage } from "../api/types";
import { usePictureSource } from "./use-picture-source";

interface KeptPictureProps {
  readonly picture: Pick<JobImage, "id" | "width" | "height">;
  /** Empty where the control around it says what it is. */
  readonly alt: string;
  readonly lazy?: boolean;
}

export function KeptPicture({ picture: { id, width, height }, alt, lazy = false }: KeptPictureProps): ReactNode {
  const source = usePictureSource(id);
  return (
    <img
      key={id}
      src={source}
      alt={alt}
      width={width}
      height={height}
      loading={lazy ? "lazy" : "eager"}
      decoding="async"
      draggable={false}
    />
  );
}
