/** Messages of the library name its options; each front end says them in its own words. */

/** The message in which each of the options goes by the name that `nameOf` gives it, where it comes first. */
export function renameOptions(
  message: string,
  options: readonly string[],
  nameOf: (option: string) => string | undefined,
): string {
  const waiting = new Set(options);
  // One pass, so that nothing is found inside a name that has just been put there.
  return message.replace(/(?<![\w-])[A-Za-z]+(?![\w-])/g, (word) =>
    waiting.delete(word) ? (nameOf(word) ?? word) : word,
  );
}
