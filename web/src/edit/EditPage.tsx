/** From a picture to another: changed as a whole, in a part, or beyond its edges. */
import { type ReactNode, useState } from "react";
import { Button } from "react-aria-components/Button";
import { isActive } from "../api/types";
import { useKeys } from "../app/use-keys";
import { form } from "../form/form";
import { FormPanel } from "../form/FormPanel";
import { usePlanOf } from "../form/use-plan-of";
import { CompareSlider } from "../pictures/CompareSlider";
import { PictureActions } from "../pictures/PictureActions";
import { useDeletion, useHidden } from "../pictures/use-deletion";
import { useStarred } from "../pictures/use-starred";
import { promptOf, Stage } from "../result/Stage";
import { useMaking } from "../result/use-making";
import { shownOnEdit } from "../state/current-job";
import { useTexts } from "../texts/use-texts";
import { type Edit, editFields, kindOf, NO_SIDES, plannedFields, type Sides } from "./edit-fields";
import { DEFAULT_STRENGTH, EditFields } from "./EditFields";
import { type MaskHistory, NO_MASK, redo, type Tool, undo, withStep } from "./mask";
import { MaskCanvas } from "./MaskCanvas";
import { BRUSH, MaskToolbar } from "./MaskToolbar";
import { editPicture, type Source, source as sourceStore } from "./source";
import { UploadButton, useUpload } from "./SourcePicker";

const TOOL_KEYS: Readonly<Record<string, Tool>> = { b: "brush", e: "eraser", r: "rectangle", l: "lasso" };

export function EditPage(): ReactNode {
  const texts = useTexts();
  const source = sourceStore.use();
  const upload = useUpload();
  return source === undefined ? (
    <main className="canvas">
      <div className="drop">
        <p>{texts.uploadHint}</p>
        <UploadButton onFile={upload.take} isUploading={upload.isUploading} />
      </div>
    </main>
  ) : (
    <Editor key={source.id} source={source} upload={upload} />
  );
}

interface EditorProps {
  readonly source: Source;
  readonly upload: ReturnType<typeof useUpload>;
}

function Editor({ source, upload }: EditorProps): ReactNode {
  const texts = useTexts();
  const asked = form.use();
  const [tool, setTool] = useState<Tool>("brush");
  const [brush, setBrush] = useState(10);
  const [history, setHistory] = useState<MaskHistory>(NO_MASK);
  const [strength, setStrength] = useState<number>();
  const [extend, setExtend] = useState<Sides>(NO_SIDES);
  const [maskBlur, setMaskBlur] = useState<number>();
  const [onlyMasked, setOnlyMasked] = useState(false);
  const { live, index, show, send, stop, isSending } = useMaking(shownOnEdit);
  const hidden = useHidden();
  const remove = useDeletion();
  const { job } = live;
  const images = job?.images.filter(({ id }) => !hidden.has(id)) ?? [];
  const image = images[index] ?? images[0];
  const starred = useStarred(image?.id);
  const showsResult = job !== undefined && (isActive(job) || image !== undefined || job.status === "failed");

  const edit: Edit = { source, strength, steps: history.steps, extend, maskBlur, onlyMasked };
  const kind = kindOf(edit);
  const planned = plannedFields(asked, kind === "change" ? { ...edit, strength: strength ?? DEFAULT_STRENGTH } : edit);
  const { plan } = usePlanOf(planned);
  const canGenerate = !isSending && asked.prompt.trim() !== "";
  const generate = (): void => {
    if (canGenerate) {
      send(editFields(asked, kind === "change" ? { ...edit, strength: strength ?? DEFAULT_STRENGTH } : edit));
    }
  };
  useKeys(({ key, ctrlKey, metaKey, shiftKey }) => {
    const letter = key.toLowerCase();
    const chosen = TOOL_KEYS[letter];
    if (ctrlKey || metaKey) {
      if (letter !== "z") {
        return false;
      }
      setHistory(shiftKey ? redo : undo);
    } else if (shiftKey && letter === "v") {
      setHistory((before) => withStep(before, "invert"));
    } else if (key === "[" || key === "]") {
      setBrush((size) => Math.min(BRUSH.largest, Math.max(BRUSH.smallest, size + (key === "[" ? -1 : 1))));
    } else if (chosen !== undefined) {
      setTool(chosen);
    } else {
      return false;
    }
    return true;
  });

  return (
    <main className="make">
      <FormPanel
        fields={planned}
        canGenerate={canGenerate}
        onGenerate={generate}
        onStop={stop}
        lastSeed={image?.seed}
        sized={false}
      >
        <EditFields
          kind={kind}
          strength={strength ?? (kind === "change" ? DEFAULT_STRENGTH : 1)}
          onStrength={setStrength}
          plan={plan}
          extend={extend}
          onExtend={setExtend}
          maskBlur={maskBlur}
          onMaskBlur={setMaskBlur}
          onlyMasked={onlyMasked}
          onOnlyMasked={setOnlyMasked}
        />
      </FormPanel>
      <div className="canvas">
        {showsResult ? (
          <>
            <Stage
              live={live}
              index={index}
              hidden={hidden}
              size={source}
              onIndex={(at) => {
                show({ job: job.id, index: at });
              }}
              picture={
                image !== undefined &&
                job.request["image"] === source.id &&
                image.width === source.width &&
                image.height === source.height
                  ? (one, alt) => (
                      <CompareSlider
                        label={texts.compareSlider}
                        before={source}
                        after={one}
                        beforeName={texts.before}
                        afterName={alt}
                      />
                    )
                  : undefined
              }
            />
            <div className="toolbar">
              <Button
                className="button"
                isDisabled={isActive(job)}
                onPress={() => {
                  shownOnEdit.set(undefined);
                }}
              >
                {texts.backToMask}
              </Button>
              {image !== undefined && (
                <Button
                  className="button"
                  onPress={() => {
                    editPicture(image);
                  }}
                >
                  {texts.editResult}
                </Button>
              )}
            </div>
            {image !== undefined && (
              <PictureActions
                picture={{ ...image, prompt: promptOf(job.request) }}
                starred={starred}
                job={job}
                onDelete={() => {
                  remove(image.id);
                }}
              />
            )}
          </>
        ) : (
          <>
            <MaskToolbar
              tool={tool}
              onTool={setTool}
              brush={brush}
              onBrush={setBrush}
              history={history}
              onHistory={setHistory}
            />
            <MaskCanvas
              source={source}
              tool={tool}
              brush={(brush / 100) * Math.max(source.width, source.height)}
              steps={history.steps}
              onStroke={(stroke) => {
                setHistory((before) => withStep(before, stroke));
              }}
              extend={extend}
              onExtend={setExtend}
            />
            <UploadButton onFile={upload.take} isUploading={upload.isUploading} />
          </>
        )}
      </div>
    </main>
  );
}
