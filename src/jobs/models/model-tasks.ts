/** What is done about models beside making images, each in a process of its own: it reads headers, hashes and downloads for long. */
import type { JsonObject } from "../../image/metadata/metadata.js";
import type { FileVerdict } from "../../hub/verify-model.js";
import type { DownloadProgress } from "../job.js";
import type { Description } from "./describe.js";
import type { Estimate } from "./estimate.js";

export interface ModelTasks {
  readonly estimate: {
    readonly task: { readonly place: string; readonly fields: JsonObject; readonly threads: number | undefined };
    readonly result: Estimate;
  };
  readonly describe: { readonly task: { readonly place: string }; readonly result: Description };
  readonly verify: { readonly task: RepositoryTask; readonly result: { readonly files: readonly FileVerdict[] } };
  readonly pull: { readonly task: RepositoryTask & { readonly variant: string | undefined }; readonly result: Pulled };
}
export type TaskName = keyof ModelTasks;
export type TaskOf<Name extends TaskName> = ModelTasks[Name]["task"];
export type ResultOf<Name extends TaskName> = ModelTasks[Name]["result"];

export interface RepositoryTask {
  readonly repository: string;
  readonly revision: string | undefined;
}

export interface Pulled {
  readonly repository: string;
  readonly commit: string;
  readonly files: number;
  readonly bytes: number;
}

export interface ToModelProcess {
  readonly type: TaskName;
  readonly task: TaskOf<TaskName>;
}

export type FromModelProcess =
  | { readonly type: "result"; readonly result: unknown }
  | { readonly type: "error"; readonly code: string | undefined; readonly message: string; readonly options: readonly string[] }
  | { readonly type: "progress"; readonly progress: DownloadProgress }
  | { readonly type: "note"; readonly message: string };
