/** Where the picture lies on the canvas: fitted into it, and moved and enlarged by the wheel. */
import type Konva from "konva";
import { type RefObject, useLayoutEffect, useState } from "react";
import type { Sides } from "./edit-fields";

const MARGIN = 28;
const LARGEST_ZOOM = 12;
const WHEEL_SPEED = 1.0015;

interface Size {
  readonly width: number;
  readonly height: number;
}

interface View extends Size {
  readonly scale: number;
  readonly x: number;
  readonly y: number;
  readonly onWheel: (event: Konva.KonvaEventObject<WheelEvent>) => void;
}

export function useView(box: RefObject<HTMLElement | null>, source: Size, extend: Sides): View {
  const [size, setSize] = useState<Size>({ width: 0, height: 0 });
  /** On top of the fitted view. */
  const [zoom, setZoom] = useState({ factor: 1, x: 0, y: 0 });
  useLayoutEffect(() => {
    const element = box.current;
    if (element === null) {
      return undefined;
    }
    const measure = (): void => {
      setSize({ width: element.clientWidth, height: element.clientHeight });
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => {
      observer.disconnect();
    };
  }, [box]);

  const [width, height] = [source.width + extend.left + extend.right, source.height + extend.top + extend.bottom];
  const fitted = Math.min((size.width - 2 * MARGIN) / width, (size.height - 2 * MARGIN) / height);
  const scale = fitted * zoom.factor;
  const x = (size.width - width * fitted) / 2 + extend.left * fitted;
  const y = (size.height - height * fitted) / 2 + extend.top * fitted;
  const [left, top] = [x * zoom.factor + zoom.x, y * zoom.factor + zoom.y];
  return {
    ...size,
    scale,
    x: left,
    y: top,
    /** Enlarges around the pointer; with Shift or on a touchpad's side it moves. */
    onWheel: ({ evt, target }) => {
      evt.preventDefault();
      if (evt.shiftKey || evt.deltaX !== 0) {
        setZoom({ ...zoom, x: zoom.x - (evt.deltaX === 0 ? evt.deltaY : evt.deltaX), y: zoom.y });
        return;
      }
      const pointer = target.getStage()?.getPointerPosition();
      const factor = Math.min(LARGEST_ZOOM, Math.max(1, zoom.factor * WHEEL_SPEED ** -evt.deltaY));
      if (pointer === null || pointer === undefined || factor === 1) {
        setZoom({ factor: 1, x: 0, y: 0 });
        return;
      }
      const grown = factor / zoom.factor;
      setZoom({ factor, x: pointer.x - (pointer.x - zoom.x) * grown, y: pointer.y - (pointer.y - zoom.y) * grown });
    },
  };
}
