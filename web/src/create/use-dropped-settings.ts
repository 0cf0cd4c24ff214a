/** A picture that is dropped here gives its settings. */
import { settingsInFile } from "../api/actions";
import { useToast } from "../app/toasts";
import { useDroppedFile } from "../app/use-dropped-file";
import { form, formOf } from "../form/form";
import { useTexts } from "../texts/use-texts";

export function useDroppedSettings(): void {
  const texts = useTexts();
  const toast = useToast();
  useDroppedFile((file) => {
    settingsInFile(file).then(
      (settings) => {
        const read = readSettings(settings);
        if (read === undefined) {
          toast({ message: texts.settingsMissing });
        } else {
          form.set(formOf(read));
          toast({ message: texts.settingsRead });
        }
      },
      (thrown: unknown) => {
        toast({ message: thrown instanceof Error ? thrown.message : String(thrown) });
      },
    );
  });
}

/** In the form's names; the model stays the one that is chosen, since another machine's may not be here. */
function readSettings(settings: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> | undefined {
  const { model } = form.get();
  if (typeof settings["prompt"] === "string") {
    const { prompt, negativePrompt, numInferenceSteps, guidanceScale, width, height, seed } = settings;
    return { prompt, negativePrompt, steps: numInferenceSteps, guidance: guidanceScale, width, height, seed, model };
  }
  if (typeof settings["Prompt"] === "string") {
    const [width, height] = String(settings["Size"]).split("x").map(Number);
    return {
      prompt: settings["Prompt"],
      negativePrompt: settings["Negative prompt"],
      steps: Number(settings["Steps"]),
      width,
      height,
      seed: settings["Seed"],
      model,
    };
  }
  return undefined;
}
