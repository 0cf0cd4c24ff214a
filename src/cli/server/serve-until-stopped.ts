/** A server from its start to its end by a signal or a request. */
import type { ServeSettings } from "./serve-settings.js";
import { requireServerPackages } from "./server-packages.js";
import { StopSignal } from "./stop-signal.js";

/** @param onStart told where it listens. Throws as `runServer`. */
export async function serveUntilStopped(
  settings: ServeSettings,
  onStart: (address: string) => Promise<void>,
): Promise<void> {
  requireServerPackages(settings.queue === undefined ? ["server"] : ["server", "queue"]);
  const stop = new StopSignal();
  // Loaded once the flags are known to be right.
  const { runServer } = await import("./run-server.js");
  const server = await runServer(settings, () => {
    stop.ask();
  });
  await onStart(server.address);
  await stop.asked;
  process.stderr.write("kandinsky3: stopping; running jobs may end first, Ctrl-C again stops at once\n");
  await server.close();
}
