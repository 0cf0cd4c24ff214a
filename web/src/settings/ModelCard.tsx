/** One model that is here. */
import { useMutation } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Button } from "react-aria-components/Button";
import { removeModel, verifyModel } from "../api/model-actions";
import type { Model } from "../api/types";
import { useToast } from "../app/toasts";
import { useFormats, useTexts } from "../texts/use-texts";

export function ModelCard({ model }: { readonly model: Model }): ReactNode {
  const texts = useTexts();
  const formats = useFormats();
  const toast = useToast();
  const onError = ({ message }: Error): void => {
    toast({ message });
  };
  const verifying = useMutation({
    mutationFn: () => verifyModel(model.id),
    onSuccess: (right) => {
      toast({ message: right ? texts.verifiedRight : texts.verifiedWrong });
    },
    onError,
  });
  const removing = useMutation({
    mutationFn: () => removeModel(model.id),
    onSuccess: (freed) => {
      toast({ message: texts.removed(formats.bytes(freed)) });
    },
    onError,
  });
  const { id, bytes, size, memory_bytes: memory, fits, problem } = model;
  const facts = [
    ...(bytes === null ? [] : [formats.bytes(bytes)]),
    ...(size === null ? [] : [size.replace("x", " × ")]),
    ...(memory === null ? [] : [texts.memoryOnly(formats.bytes(memory))]),
    ...(fits === null ? [] : [fits ? texts.fits : texts.fitsNot]),
  ];
  return (
    <article className="model">
      <div className="line">
        <h3>{id}</h3>
        {model.default && <span className="note">{texts.defaultModel}</span>}
      </div>
      <p className="note">{facts.join(" · ")}</p>
      {problem !== null && <p className="note warning">{problem}</p>}
      {model.known_words !== null && <p className="note">{texts.bundledModel}</p>}
      {model.source === "cache" && (
        <div className="toolbar">
          <Button
            className="button"
            isDisabled={verifying.isPending}
            onPress={() => {
              verifying.mutate();
            }}
          >
            {texts.verify}
          </Button>
          <Button
            className="button"
            isDisabled={removing.isPending}
            onPress={() => {
              removing.mutate();
            }}
          >
            {texts.remove}
          </Button>
        </div>
      )}
    </article>
  );
}
