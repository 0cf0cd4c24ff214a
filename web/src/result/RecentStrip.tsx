/** The newest pictures, small. */
import type { ReactNode } from "react";
import { Button } from "react-aria-components/Button";
import { usePictures } from "../api/queries";
import type { Picture } from "../api/types";
import { KeptPicture } from "../pictures/KeptPicture";
import { useHidden } from "../pictures/use-deletion";
import { useTexts } from "../texts/use-texts";

const MOST = 16;

export function RecentStrip({ onShow }: { readonly onShow: (picture: Picture) => void }): ReactNode {
  const texts = useTexts();
  const hidden = useHidden();
  const { data } = usePictures({ query: "", starred: false });
  const pictures = (data?.pages[0]?.data ?? []).filter(({ id }) => !hidden.has(id)).slice(0, MOST);
  return (
    <section className="strip recent" aria-label={texts.recent}>
      {pictures.map((picture) => (
        <Button
          key={picture.id}
          className="thumb"
          aria-label={texts.openPicture(picture.prompt)}
          onPress={() => {
            onShow(picture);
          }}
        >
          <KeptPicture picture={picture} alt="" lazy />
        </Button>
      ))}
    </section>
  );
}
