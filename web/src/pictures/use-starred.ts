/** Whether a picture has a star, as far as the newest ones are known. */
import { usePictures } from "../api/queries";

export function useStarred(id: string | undefined): boolean {
  const { data } = usePictures({ query: "", starred: false });
  return data?.pages.some((page) => page.data.some((one) => one.id === id && one.starred)) ?? false;
}
