/** The API key that this browser signs in with, where the server asks for one. */
import { membersOf, stored } from "../state/stored";

interface SignIn {
  readonly key: string;
  /** Whether the server has refused the last request for want of a right key. */
  readonly refused: boolean;
}

const signIn = stored<SignIn>("key", (kept) => {
  const { key } = membersOf(kept);
  return { key: typeof key === "string" ? key : "", refused: false };
});

export const useSignIn = signIn.use;

/** Keeps the key for the next visit; an empty one is forgotten. */
export function setKey(key: string): void {
  signIn.set({ key, refused: false });
}

export function markRefused(): void {
  if (!signIn.get().refused) {
    signIn.set({ ...signIn.get(), refused: true });
  }
}

export function authorization(): Record<string, string> {
  const { key } = signIn.get();
  return key === "" ? {} : { authorization: `Bearer ${key}` };
}
