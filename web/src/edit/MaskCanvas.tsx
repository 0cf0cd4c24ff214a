/** The picture, the mask over it, and the frame that it grows into. One unit of the drawing is one pixel of the picture. */
import type Konva from "konva";
import { type ReactNode, useEffect, useRef, useState } from "react";
import { Image as KonvaImage, Layer, Rect, Shape, Stage, Transformer } from "react-konva";
import { usePictureSource } from "../pictures/use-picture-source";
import { useTexts } from "../texts/use-texts";
import type { Sides } from "./edit-fields";
import { type MaskStep, paintMask, type Point, type Stroke, type Tool } from "./mask";
import type { Source } from "./source";
import { useView } from "./use-view";

/** Sides of the frame are so many pixels, as the latents are. */
const GRID = 8;
const TINT = "#ff5a36";
const TINT_OPACITY = 0.55;

interface MaskCanvasProps {
  readonly source: Source;
  readonly tool: Tool;
  /** In pixels of the picture. */
  readonly brush: number;
  readonly steps: readonly MaskStep[];
  readonly onStroke: (stroke: Stroke) => void;
  readonly extend: Sides;
  readonly onExtend: (extend: Sides) => void;
}

export function MaskCanvas({ source, tool, brush, steps, onStroke, extend, onExtend }: MaskCanvasProps): ReactNode {
  const texts = useTexts();
  const box = useRef<HTMLDivElement>(null);
  const maskLayer = useRef<Konva.Layer>(null);
  const frame = useRef<Konva.Rect>(null);
  const transformer = useRef<Konva.Transformer>(null);
  const image = useLoadedImage(usePictureSource(source.id));
  const [stroke, setStroke] = useState<Stroke>();
  const view = useView(box, source, extend);
  const bounds = {
    x: -extend.left,
    y: -extend.top,
    width: source.width + extend.left + extend.right,
    height: source.height + extend.top + extend.bottom,
  };
  const shown = stroke === undefined ? steps : [...steps, stroke];

  useEffect(() => {
    const canvas = maskLayer.current?.getNativeCanvasElement();
    canvas?.setAttribute("role", "img");
    canvas?.setAttribute("aria-label", texts.maskCanvas);
  }, [texts, view.width]);
  useEffect(() => {
    if (frame.current !== null) {
      transformer.current?.nodes([frame.current]);
    }
  }, [view.width, image]);

  const pointOf = (event: Konva.KonvaEventObject<PointerEvent>): Point | undefined => {
    const at = event.target.getStage()?.getRelativePointerPosition();
    return at === null || at === undefined ? undefined : [at.x, at.y];
  };
  const onTransformEnd = (): void => {
    const node = frame.current;
    if (node === null) {
      return;
    }
    const [x, y] = [node.x(), node.y()];
    const [right, bottom] = [x + node.width() * node.scaleX(), y + node.height() * node.scaleY()];
    node.scale({ x: 1, y: 1 });
    const round = (pixels: number): number => Math.max(0, Math.round(pixels / GRID) * GRID);
    const next = {
      left: round(-x),
      top: round(-y),
      right: round(right - source.width),
      bottom: round(bottom - source.height),
    };
    // Also where nothing has changed, the rectangle goes back to what the numbers say.
    node.setAttrs({
      x: -next.left,
      y: -next.top,
      width: source.width + next.left + next.right,
      height: source.height + next.top + next.bottom,
    });
    onExtend(next);
  };

  return (
    <div ref={box} className="mask-stage">
      {view.width > 0 && (
        <Stage
          width={view.width}
          height={view.height}
          scaleX={view.scale}
          scaleY={view.scale}
          x={view.x}
          y={view.y}
          onWheel={view.onWheel}
          onPointerDown={(event) => {
            const handle = event.target.getParent() === transformer.current;
            const at = pointOf(event);
            if (!handle && event.evt.isPrimary && at !== undefined) {
              setStroke({ tool, size: brush, points: [at] });
            }
          }}
          onPointerMove={(event) => {
            const at = pointOf(event);
            if (stroke !== undefined && at !== undefined) {
              setStroke({ ...stroke, points: [...stroke.points, at] });
            }
          }}
          onPointerUp={() => {
            if (stroke !== undefined) {
              onStroke(stroke);
              setStroke(undefined);
            }
          }}
          onPointerLeave={() => {
            if (stroke !== undefined) {
              onStroke(stroke);
              setStroke(undefined);
            }
          }}
        >
          <Layer listening={false}>
            <Rect {...bounds} fill="#8b847855" />
            {image !== undefined && <KonvaImage image={image} width={source.width} height={source.height} />}
          </Layer>
          <Layer>
            <Rect
              ref={frame}
              {...bounds}
              stroke="#8b8478"
              strokeWidth={1}
              strokeScaleEnabled={false}
              listening={false}
              onTransformEnd={onTransformEnd}
            />
            <Transformer
              ref={transformer}
              rotateEnabled={false}
              keepRatio={false}
              flipEnabled={false}
              enabledAnchors={["middle-left", "middle-right", "top-center", "bottom-center"]}
              borderStroke="#8b8478"
              anchorFill="#fffdfa"
              anchorStroke="#b43a1e"
              anchorSize={14}
              anchorCornerRadius={7}
            />
          </Layer>
          <Layer ref={maskLayer} listening={false} opacity={TINT_OPACITY}>
            <Shape
              sceneFunc={(context) => {
                paintMask(context._context, shown, source, TINT);
              }}
            />
          </Layer>
        </Stage>
      )}
    </div>
  );
}

function useLoadedImage(address: string | undefined): HTMLImageElement | undefined {
  const [image, setImage] = useState<HTMLImageElement>();
  useEffect(() => {
    if (address === undefined) {
      return undefined;
    }
    const loading = new Image();
    loading.onload = () => {
      setImage(loading);
    };
    loading.src = address;
    return () => {
      loading.onload = null;
    };
  }, [address]);
  return image;
}
