/** Messages between the program and its inference process. Typed arrays travel by structured clone. */

export type FeedData = Float32Array | BigInt64Array;

export interface Feed {
  readonly shape: readonly number[];
  readonly data: FeedData;
}

export type Feeds = Readonly<Record<string, Feed>>;

export interface SessionSettings {
  readonly externalDataRoot: string;
  readonly threads: number;
  /** ONNX Runtime's graph optimisation level. */
  readonly optimization: "basic" | "extended" | "layout" | "all";
  /** Lays all values of a run out in one block from the second run on: a little faster, and up to twice the memory. */
  readonly memoryPattern: boolean;
  /** Where the engine writes what each operator took, when the session is released; nothing is recorded without it. */
  readonly profileFolder?: string | undefined;
}

export type Request =
  | { readonly kind: "open"; readonly model: Uint8Array; readonly settings: SessionSettings }
  | { readonly kind: "run"; readonly session: number; readonly feeds: Feeds }
  | { readonly kind: "release"; readonly session: number }
  | { readonly kind: "describe" }
  /** Whether `device` can open a model at all. */
  | { readonly kind: "probe"; readonly model: Uint8Array; readonly device: string };

/** What the engine says about itself. */
export interface EngineDescription {
  readonly version: string;
  /** Devices that this build knows; those not bundled need files of their own. */
  readonly devices: readonly { readonly name: string; readonly bundled: boolean }[];
}

/** What each kind of request is answered with. */
export interface Replies {
  readonly open: { readonly session: number };
  readonly run: { readonly outputs: Feeds };
  readonly release: { readonly released: true };
  readonly describe: EngineDescription;
  readonly probe: { readonly usable: true };
}

export type Reply = Replies[keyof Replies];

export interface RequestMessage {
  readonly id: number;
  readonly request: Request;
}

export interface ReplyMessage {
  readonly id: number;
  readonly result: { readonly ok: true; readonly reply: Reply } | { readonly ok: false; readonly reason: string };
  /** Highest resident memory of the process so far, in bytes. */
  readonly peakBytes: number;
}
