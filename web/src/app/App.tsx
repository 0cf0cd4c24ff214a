/** The shell around the pages. */
import { lazy, type ReactNode, Suspense, useState } from "react";
import { Button } from "react-aria-components/Button";
import { isUnreachable } from "../api/client";
import { useActiveJobs } from "../api/queries";
import { CreatePage } from "../create/CreatePage";
import { PROMPT_ID } from "../form/PromptFields";
import { useTexts } from "../texts/use-texts";
import { KeyList } from "./KeyList";
import { addressOf, go, PAGES, usePage } from "./route";
import { SignInDialog } from "./SignInDialog";
import { useKeys } from "./use-keys";

const EditPage = lazy(async () => ({ default: (await import("../edit/EditPage")).EditPage }));
const GalleryPage = lazy(async () => ({ default: (await import("../gallery/GalleryPage")).GalleryPage }));
const SettingsPage = lazy(async () => ({ default: (await import("../settings/SettingsPage")).SettingsPage }));

const CONTENT = { create: CreatePage, edit: EditPage, gallery: GalleryPage, settings: SettingsPage } as const;

export function App(): ReactNode {
  const texts = useTexts();
  const page = usePage();
  const [keysOpen, setKeysOpen] = useState(false);
  const { error } = useActiveJobs();
  useKeys((event) => {
    const target = event.altKey ? PAGES[Number(event.code.replace("Digit", "")) - 1] : undefined;
    if (target !== undefined) {
      go(target);
    } else if (event.altKey && event.code === "KeyA") {
      document.getElementById(PROMPT_ID)?.focus();
    } else if (event.key === "?") {
      setKeysOpen(true);
    } else {
      return false;
    }
    return true;
  });
  const Content = CONTENT[page];
  return (
    <>
      <header className="bar">
        <img className="mark" src="/icon.svg" alt="" width="28" height="28" />
        <span className="name">Kandinsky 3</span>
        <h1 className="for-readers">{texts[page]}</h1>
        <nav>
          {PAGES.map((one) => (
            <a key={one} href={addressOf(one)} aria-current={one === page ? "page" : undefined}>
              {texts[one]}
            </a>
          ))}
        </nav>
        <Button
          className="button icon help"
          aria-label={texts.keys}
          onPress={() => {
            setKeysOpen(true);
          }}
        >
          ?
        </Button>
      </header>
      {isUnreachable(error) && (
        <p className="banner" role="alert">
          {texts.away}
        </p>
      )}
      <Suspense fallback={<main className="waiting" aria-busy="true" aria-label={texts.opening} />}>
        <Content />
      </Suspense>
      <SignInDialog />
      <KeyList
        isOpen={keysOpen}
        onClose={() => {
          setKeysOpen(false);
        }}
      />
    </>
  );
}
