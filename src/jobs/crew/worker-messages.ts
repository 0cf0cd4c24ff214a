/** What a worker's process and the one that started it say to each other. */
import type { Assignment, Report } from "./crew.js";

export type ToWorker =
  | { readonly type: "assign"; readonly assignment: Assignment }
  /** After the step that is under way. */
  | { readonly type: "cancel"; readonly job: string }
  | { readonly type: "close" };

export type FromWorker =
  | { readonly type: "report"; readonly job: string; readonly report: Report }
  /** It waits for an assignment. */
  | { readonly type: "free"; readonly warmth: string | undefined }
  | { readonly type: "trouble"; readonly message: string };
