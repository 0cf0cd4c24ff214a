/**
 * The errors that users see. A message is one sentence: what is wrong, where, what was expected and what was got.
 * `UsageError` is the user's own words (exit code 2), everything else failed while working (exit code 1).
 * An `InternalError`, and anything that is no `KandinskyError`, is a fault of the program itself.
 */
export abstract class KandinskyError extends Error {
  abstract readonly code: string;
  /** Exit code of the command line. */
  readonly exitCode: number = 1;

  /** Names of options that the message mentions, which a front end may say in its own words. */
  readonly options: readonly string[];

  /** All of what the message names only the first few of; empty where it names everything. */
  readonly details: readonly string[];

  constructor(message: string, { options = [], details = [], ...rest }: KandinskyErrorOptions = {}) {
    super(message, rest);
    this.name = new.target.name;
    this.options = options;
    this.details = details;
  }
}

/** What an error carries beside its sentence. */
export interface KandinskyErrorOptions extends ErrorOptions {
  readonly options?: readonly string[];
  readonly details?: readonly string[];
}

/** An option or argument is wrong. */
export class UsageError extends KandinskyError {
  override readonly code = "usage";
  override readonly exitCode = 2;

  /** The message begins with the option's name; `others` are the options that it mentions besides. */
  static of(option: string, problem: string, others: readonly string[] = []): UsageError {
    return new UsageError(`${option}: ${problem}`, { options: [option, ...others] });
  }
}

/** A model folder, weight file or tensor is missing, damaged or of another shape. */
export class CheckpointError extends KandinskyError {
  override readonly code = "checkpoint";
}

/** A configuration file lacks a key or holds an impossible or unsupported value. */
export class ConfigError extends KandinskyError {
  override readonly code = "config";
}

/** A network cannot be built: an operator got shapes or types that it cannot take. */
export class GraphError extends KandinskyError {
  override readonly code = "graph";
}

/** The inference engine refused a graph, failed in a run, or its process died. */
export class SessionError extends KandinskyError {
  override readonly code = "session";
}

/** This platform has no engine, or its engine is not installed: whatever runs no network works without it. */
export class NoEngineError extends SessionError {}

/** A picture or array file cannot be read or written. */
export class ImageError extends KandinskyError {
  override readonly code = "image";
}

/** The Hugging Face Hub refused or cannot be reached, or its cache on this machine cannot be used. */
export class HubError extends KandinskyError {
  override readonly code = "hub";
}

/** The work was stopped by its `AbortSignal`. */
export class AbortedError extends KandinskyError {
  override readonly code = "aborted";
  override readonly exitCode = 130;
}

/** Something that the program itself should have made impossible: a fault of ours, which is worth reporting, never the user's. */
export class InternalError extends KandinskyError {
  override readonly code = "internal";
}

/** The text of anything that was thrown, for use inside another message. */
export function reasonOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
