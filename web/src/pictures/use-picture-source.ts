/** Where an `img` finds a kept picture: at its address, or, with a key that no `img` can send, in a file that was fetched with it. */
import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { pictureAddress, pictureFile } from "../api/actions";
import { useSignIn } from "../api/key";

/** `undefined` while it is on its way. */
export function usePictureSource(id: string): string | undefined {
  const keyed = useSignIn().key !== "";
  const { data: file } = useQuery({
    queryKey: ["file", id],
    queryFn: () => pictureFile(id),
    enabled: keyed,
    staleTime: Infinity,
  });
  const [url, setUrl] = useState<string>();
  useEffect(() => {
    if (file === undefined) {
      return undefined;
    }
    const made = URL.createObjectURL(file);
    setUrl(made);
    return () => {
      URL.revokeObjectURL(made);
    };
  }, [file]);
  return keyed ? url : pictureAddress(id);
}
