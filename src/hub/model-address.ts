/** A model as people paste it: `org/name`, `org/name@REV`, or the address of a page of the Hub. */

export interface ModelAddress {
  /** The name, or whatever else was given. */
  readonly name: string;
  readonly revision: string | undefined;
}

/** `tree/REV`, `blob/REV/file` and `resolve/REV/file` of an address; a slash in a revision is written as `%2F`. */
const PAGE =
  /^https?:\/\/[^/?#]+(?:\/models)?\/([\w.-]+\/[\w.-]+?)(?:\/(?:tree|blob|resolve|raw|commit)\/([^/?#]+))?(?:[/?#].*)?$/i;
const HOST = /^(?:www\.)?(?:huggingface\.co|hf\.co)\//i;
const AT_REVISION = /^([\w.-]+(?:\/[\w.-]+)?)@([^@\s]+)$/;

/** What `text` means; stray spaces and a final slash say nothing. */
export function readModelAddress(text: string): ModelAddress {
  const given = text.trim();
  const address = HOST.test(given)
    ? `https://${given}`
    : given.replace(/^hf:\/\/(?:models\/)?/i, "https://huggingface.co/");
  const [, name, page] = PAGE.exec(address) ?? [];
  if (name !== undefined) {
    const [, plain = name, at] = AT_REVISION.exec(name) ?? [];
    return { name: plain.replace(/\.git$/, ""), revision: at ?? (page === undefined ? undefined : decoded(page)) };
  }
  const [, plain, revision] = AT_REVISION.exec(given) ?? [];
  return { name: plain ?? (/^[\w.-]+\/[\w.-]+\/$/.test(given) ? given.slice(0, -1) : given), revision };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // No percent-encoding: then it is the name itself, which is checked where it is used.
  }
}
