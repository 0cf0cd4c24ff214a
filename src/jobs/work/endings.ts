/** What an error means for a job. */
import {
  AbortedError,
  ImageError,
  KandinskyError,
  NoEngineError,
  reasonOf,
  SessionError,
  UsageError,
} from "../../errors.js";
import { renameOptions } from "../../text/rename-options.js";
import type { Report } from "../crew/crew.js";
import { fieldOf } from "../fields/job-fields.js";
import type { JobError } from "../job.js";

/** A model that cannot be used, whatever is asked of it. */
const OF_THE_MODEL = new Set(["checkpoint", "config", "hub", "graph"]);

/**
 * A dead inference process is worth another try; everything else would only go wrong again.
 * @param model its name and where it lies, which is the operator's to know
 */
export function endingOf(thrown: unknown, model: { readonly id: string; readonly place: string }): Report {
  if (thrown instanceof AbortedError) {
    return { type: "cancelled" };
  }
  if (thrown instanceof SessionError && !(thrown instanceof NoEngineError)) {
    return { type: "lost", reason: thrown.message };
  }
  const error = errorOf(thrown);
  return { type: "failed", error: { ...error, message: error.message.replaceAll(model.place, model.id) } };
}

function errorOf(thrown: unknown): JobError {
  if (thrown instanceof UsageError || thrown instanceof ImageError) {
    const fields = thrown.options.flatMap((option) => fieldOf(option) ?? []);
    return { kind: "invalid_request", message: renameOptions(thrown.message, thrown.options, fieldOf), fields };
  }
  const ofModel = thrown instanceof KandinskyError && OF_THE_MODEL.has(thrown.code);
  return { kind: ofModel ? "model" : "failed", message: reasonOf(thrown) };
}
