/** Standard output, written to the end before the program goes on. */
let written = false;

/** Whether anything has been written. */
export function hasWritten(): boolean {
  return written;
}

export function writeStdout(content: string | Uint8Array): Promise<void> {
  written = true;
  return new Promise((resolve, reject) => {
    process.stdout.write(content, (error) => {
      if (error) {
        reject(error);
      } else {
        resolve();
      }
    });
  });
}

/** The code of a broken pipe: whoever read the output has seen enough. */
export function isBrokenPipe(thrown: unknown): boolean {
  return thrown instanceof Error && "code" in thrown && thrown.code === "EPIPE";
}
