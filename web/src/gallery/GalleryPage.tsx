/** Everything that was made here. */
import { type ReactNode, useCallback, useDeferredValue, useId, useState } from "react";
import { Button } from "react-aria-components/Button";
import { ToggleButton } from "react-aria-components/ToggleButton";
import { usePictures } from "../api/queries";
import { StarIcon } from "../app/icons";
import { downloadZip } from "../pictures/download";
import { useDeletion, useHidden } from "../pictures/use-deletion";
import { useTexts } from "../texts/use-texts";
import { ComparePair } from "./ComparePair";
import { Details } from "./Details";
import { PictureGrid } from "./PictureGrid";

export function GalleryPage(): ReactNode {
  const texts = useTexts();
  const searchId = useId();
  const [text, setText] = useState("");
  const [starred, setStarred] = useState(false);
  const [openId, setOpenId] = useState<string>();
  const [selection, setSelection] = useState<ReadonlySet<string>>();
  const [comparing, setComparing] = useState(false);
  const query = useDeferredValue(text.trim());
  const { data, hasNextPage, isFetchingNextPage, fetchNextPage, isPending } = usePictures({ query, starred });
  const hidden = useHidden();
  const remove = useDeletion();
  const pictures = (data?.pages ?? []).flatMap((page) => page.data).filter(({ id }) => !hidden.has(id));
  const open = pictures.find(({ id }) => id === openId);
  const chosen = pictures.filter(({ id }) => selection?.has(id) === true);
  const [first, second] = chosen;
  const onEnd = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) {
      void fetchNextPage();
    }
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);
  const move = (places: number): void => {
    const next = pictures[pictures.findIndex(({ id }) => id === openId) + places];
    if (next !== undefined) {
      setOpenId(next.id);
    }
  };
  return (
    <main className="gallery">
      <div className="gallery-head">
        <div className="field">
          <label htmlFor={searchId}>{texts.search}</label>
          <input
            id={searchId}
            type="search"
            value={text}
            onChange={({ target }) => {
              setText(target.value);
            }}
          />
        </div>
        <ToggleButton className="button" isSelected={starred} onChange={setStarred}>
          <StarIcon />
          {texts.starredOnly}
        </ToggleButton>
        <ToggleButton
          className="button"
          isSelected={selection !== undefined}
          onChange={(on) => {
            setSelection(on ? new Set() : undefined);
          }}
        >
          {texts.select}
        </ToggleButton>
        {selection !== undefined && (
          <>
            <Button
              className="button"
              isDisabled={chosen.length === 0}
              onPress={() => {
                void downloadZip(chosen);
              }}
            >
              {texts.downloadZip}
            </Button>
            <Button
              className="button"
              isDisabled={chosen.length !== 2}
              onPress={() => {
                setComparing(true);
              }}
            >
              {texts.compare}
            </Button>
            <span className="note" role="status">
              {texts.selected(chosen.length)}
            </span>
          </>
        )}
      </div>
      {pictures.length === 0 && !isPending ? (
        <div className="empty-page">
          <strong>{query === "" && !starred ? texts.noPictures : texts.noneFound}</strong>
          {query === "" && !starred && <p>{texts.noPicturesHint}</p>}
        </div>
      ) : (
        <PictureGrid
          pictures={pictures}
          selection={selection}
          onEnd={onEnd}
          onOpen={({ id }) => {
            if (selection === undefined) {
              setOpenId(id);
            } else {
              setSelection(
                new Set(selection.has(id) ? [...selection].filter((one) => one !== id) : [...selection, id]),
              );
            }
          }}
        />
      )}
      {open !== undefined && (
        <Details
          picture={open}
          onMove={move}
          onClose={() => {
            setOpenId(undefined);
          }}
          onDelete={() => {
            const at = pictures.indexOf(open);
            setOpenId((pictures[at + 1] ?? pictures[at - 1])?.id);
            remove(open.id);
          }}
        />
      )}
      {comparing && first !== undefined && second !== undefined && (
        <ComparePair
          first={first}
          second={second}
          onClose={() => {
            setComparing(false);
          }}
        />
      )}
    </main>
  );
}
