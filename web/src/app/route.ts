/** Which page is shown: the part of the address behind `#`, so that the server answers one file for all. */
import { useSyncExternalStore } from "react";

export const PAGES = ["create", "edit", "gallery", "settings"] as const;
export type Page = (typeof PAGES)[number];

export function addressOf(page: Page): string {
  return `#/${page}`;
}

export function go(page: Page): void {
  location.hash = addressOf(page);
}

export function usePage(): Page {
  return useSyncExternalStore(
    (listener) => {
      addEventListener("hashchange", listener);
      return () => {
        removeEventListener("hashchange", listener);
      };
    },
    () => PAGES.find((page) => location.hash === addressOf(page)) ?? "create",
  );
}
