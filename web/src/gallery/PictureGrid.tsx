/** Rows of pictures, of which only those near the window are there; the next ones are asked for as its end comes near. */
import { useWindowVirtualizer } from "@tanstack/react-virtual";
import { type ReactNode, useEffect, useLayoutEffect, useRef, useState } from "react";
import { ToggleButton } from "react-aria-components/ToggleButton";
import type { Picture } from "../api/types";
import { StarredIcon } from "../app/icons";
import { KeptPicture } from "../pictures/KeptPicture";
import { useTexts } from "../texts/use-texts";

const GAP = 10;
const NARROWEST_TILE = 170;
const NARROWEST_ON_PHONES = 105;
const PHONE = 760;

interface PictureGridProps {
  readonly pictures: readonly Picture[];
  readonly onEnd: () => void;
  readonly onOpen: (picture: Picture) => void;
  /** Given while pictures are being selected. */
  readonly selection: ReadonlySet<string> | undefined;
}

export function PictureGrid({ pictures, onEnd, onOpen, selection }: PictureGridProps): ReactNode {
  const texts = useTexts();
  const box = useRef<HTMLDivElement>(null);
  const [{ width, top }, setPlace] = useState({ width: 0, top: 0 });
  useLayoutEffect(() => {
    const measure = (): void => {
      if (box.current !== null) {
        setPlace({ width: box.current.clientWidth, top: box.current.offsetTop });
      }
    };
    measure();
    const observer = new ResizeObserver(measure);
    if (box.current !== null) {
      observer.observe(box.current);
    }
    return () => {
      observer.disconnect();
    };
  }, []);
  const narrowest = width < PHONE ? NARROWEST_ON_PHONES : NARROWEST_TILE;
  const columns = Math.max(1, Math.floor((width + GAP) / (narrowest + GAP)));
  const tile = (width - GAP * (columns - 1)) / columns;
  const rows = Math.ceil(pictures.length / columns);
  const virtualizer = useWindowVirtualizer({
    count: rows,
    estimateSize: () => tile + GAP,
    overscan: 4,
    scrollMargin: top,
  });
  useEffect(() => {
    virtualizer.measure();
  }, [virtualizer, tile]);
  const shown = virtualizer.getVirtualItems();
  const last = shown.at(-1)?.index ?? 0;
  useEffect(() => {
    if (last >= rows - 2) {
      onEnd();
    }
  }, [last, rows, onEnd]);
  return (
    <div ref={box} className="gallery-rows" style={{ height: virtualizer.getTotalSize() }}>
      {width > 0 &&
        shown.map(({ index, start }) => (
          <div
            key={index}
            className="gallery-row"
            style={{
              gridTemplateColumns: `repeat(${columns}, 1fr)`,
              transform: `translateY(${start - virtualizer.options.scrollMargin}px)`,
            }}
          >
            {pictures.slice(index * columns, (index + 1) * columns).map((picture) => (
              <ToggleButton
                key={picture.id}
                className="tile"
                aria-label={(selection === undefined ? texts.openPicture : texts.selectOne)(picture.prompt)}
                isSelected={selection?.has(picture.id) ?? false}
                onChange={() => {
                  onOpen(picture);
                }}
              >
                <KeptPicture picture={picture} alt="" />
                {picture.starred && (
                  <span className="mark-star">
                    <StarredIcon />
                  </span>
                )}
              </ToggleButton>
            ))}
          </div>
        ))}
    </div>
  );
}
