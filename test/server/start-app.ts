/** A server on a free port, with a folder and a worker of its own. */
import { onTestFinished } from "vitest";
import { LocalCrew } from "../../src/jobs/crew/local-crew.js";
import type { Crew } from "../../src/jobs/crew/crew.js";
import type { Jobs } from "../../src/jobs/jobs.js";
import { ModelDesk } from "../../src/jobs/models/model-desk.js";
import { ServedModels } from "../../src/jobs/models/served-models.js";
import { type AppOptions, buildApp } from "../../src/server/app.js";
import { openJobs, scratchFolder } from "../jobs/open-jobs.js";

export interface StartedApp {
  readonly address: string;
  readonly jobs: Jobs;
}

export async function startApp(
  options: Partial<AppOptions> = {},
  crew: Crew = new LocalCrew({ settings: {} }),
  maxQueue = 100,
): Promise<StartedApp> {
  const jobs = await openJobs(crew, await scratchFolder(), { maxQueue });
  const desk = new ModelDesk();
  const app = await buildApp({ jobs, models: new ServedModels(), desk, ...options });
  const address = await app.listen({ host: "127.0.0.1", port: 0 });
  onTestFinished(async () => {
    await jobs.settle(0);
    app.server.closeAllConnections();
    await app.close();
    await jobs.close();
    desk.close();
  });
  return { address, jobs };
}

export function post(
  address: string,
  path: string,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(`${address}${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
}
