/** Sentences for people, each told once. */

/** The same words need not be heard twice. */
export function eachOnce(tell: (message: string) => void = () => undefined): (message: string) => void {
  const told = new Set<string>();
  return (message) => {
    if (!told.has(message)) {
      told.add(message);
      tell(message);
    }
  };
}
