/** What an answer of the Hub means that is no success: a failure that may pass, or one sentence on what to do. */
import { HubError } from "../../errors.js";
import { askedWait } from "./asked-wait.js";
import { AskedToWait, PassingProblem } from "./persistence.js";

export interface Asked {
  readonly endpoint: string;
  readonly repository: string;
  readonly revision: string;
  /** The file that was asked for; `undefined` for the repository itself. */
  readonly path: string | undefined;
  readonly withToken: boolean;
}

export interface Answer {
  /** Host that answered. */
  readonly host: string;
  readonly status: number;
  header(name: string): string | undefined;
}

const REQUEST_TIMEOUT = 408;
const TOO_MANY_REQUESTS = 429;
const SERVER_ERROR = 500;
/** A server that asks for more than this is not worth waiting for without a word. */
const LONGEST_ASKED_WAIT_MS = 10 * 60_000;

/** The error for an answer that is neither 2xx nor a redirect. Reference: huggingface_hub, utils/_http.py, hf_raise_for_status. */
export function refusal(answer: Answer, asked: Asked): PassingProblem | AskedToWait | HubError {
  const { host, status } = answer;
  const { repository, revision, path } = asked;
  if (status === REQUEST_TIMEOUT || status === TOO_MANY_REQUESTS || status >= SERVER_ERROR) {
    const waitMs = askedWait(answer);
    const wait = waitMs === 0 ? "" : ` and asks to wait ${Math.ceil(waitMs / 1000)} s`;
    const limit =
      status === TOO_MANY_REQUESTS && !asked.withToken ? " (a token in HF_TOKEN is allowed more requests)" : "";
    const message = `${host} answers ${status}${wait} when asked for ${path ?? repository}${limit}`;
    if (waitMs > LONGEST_ASKED_WAIT_MS) {
      return new HubError(`${message}, which is too long to wait here; the same command goes on from there later`);
    }
    return waitMs > 0 ? new AskedToWait(message, host, waitMs) : new PassingProblem(message);
  }
  if (host !== new URL(asked.endpoint).host) {
    // A storage host: its signed address has run out, and the next attempt gets a new one.
    return new PassingProblem(`${host} answers ${status} when asked for ${path ?? repository}`);
  }
  switch (answer.header("x-error-code")) {
    case "GatedRepo":
      return new HubError(gated(asked));
    case "RevisionNotFound":
      return new HubError(
        `${repository} has no revision ${JSON.stringify(revision)}, expected a branch, a tag or a commit`,
      );
    case "EntryNotFound":
      return new HubError(`${repository} has no file ${JSON.stringify(path ?? "")} at revision ${revision}`);
    case undefined:
    default:
  }
  if (
    status === 401 &&
    asked.withToken &&
    /invalid (?:credentials|username)/i.test(answer.header("x-error-message") ?? "")
  ) {
    return new HubError(
      `${host} does not know the token that was sent, expected a valid one in HF_TOKEN or from "hf auth login"`,
    );
  }
  if (status === 401 || status === 403 || status === 404) {
    const hint = asked.withToken ? "one that the token may read" : "its name, or a token in HF_TOKEN if it is private";
    return new HubError(`${host} has no repository ${repository} (it answers ${status}), expected ${hint}`);
  }
  return new HubError(`${host} answers ${status} when asked for ${path ?? repository}, expected 200`);
}

function gated({ endpoint, repository, withToken }: Asked): string {
  const page = `${endpoint}/${repository}`;
  return withToken
    ? `${repository} is gated and the token in use has no access to it: accept its terms at ${page} with the token's account`
    : `${repository} is gated: accept its terms at ${page} and set HF_TOKEN, or run "hf auth login"`;
}
