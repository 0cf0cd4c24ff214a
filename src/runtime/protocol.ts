/** What is said to an engine and what it answers. Between processes typed arrays travel by structured clone. */

export type TensorData = Float32Array | BigInt64Array;
export type TensorType = "float32" | "int64";

/** A tensor in the memory of this program. */
export interface HostTensor {
  readonly shape: readonly number[];
  readonly data: TensorData;
}

export type HostTensors = Readonly<Record<string, HostTensor>>;

/** A tensor that stays with the engine: the number that it is known by there, and what it looks like. */
export interface TensorHandle {
  readonly id: number;
  readonly shape: readonly number[];
  readonly type: TensorType;
}

/** What is fed: a tensor that comes along, or one that the engine holds already, or a row of its first axis. */
export type WireFeed = HostTensor | { readonly held: number; readonly row?: number | undefined };

export interface SessionSettings {
  readonly externalDataRoot: string;
  /** The engine's name for what computes. */
  readonly executionProvider: string;
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
  | {
      readonly kind: "run";
      readonly session: number;
      readonly feeds: Readonly<Record<string, WireFeed>>;
      /** Outputs that stay with the engine. */
      readonly hold: readonly string[];
    }
  | { readonly kind: "release"; readonly session: number }
  | { readonly kind: "upload"; readonly tensor: HostTensor }
  | { readonly kind: "read"; readonly held: number }
  | { readonly kind: "drop"; readonly held: number }
  | { readonly kind: "describe" };

/** What the engine says about itself. */
export interface EngineDescription {
  readonly version: string;
  /** Devices that this build knows; those not bundled need files of their own. */
  readonly devices: readonly { readonly name: string; readonly bundled: boolean }[];
}

/** What each kind of request is answered with. */
export interface Replies {
  readonly open: { readonly session: number };
  readonly run: { readonly outputs: HostTensors; readonly held: Readonly<Record<string, TensorHandle>> };
  readonly release: { readonly released: true };
  readonly upload: TensorHandle;
  readonly read: HostTensor;
  readonly drop: { readonly dropped: true };
  readonly describe: EngineDescription;
}

export type Reply = Replies[keyof Replies];

export type RequestOf<Kind extends Request["kind"]> = Extract<Request, { kind: Kind }>;

/** Sends a request and waits for its answer. Throws `SessionError`. */
export type Ask = <Kind extends Request["kind"]>(request: RequestOf<Kind>) => Promise<Replies[Kind]>;

export interface RequestMessage {
  readonly id: number;
  readonly request: Request;
}

export interface ReplyMessage {
  readonly id: number;
  readonly result: { readonly ok: true; readonly reply: Reply } | { readonly ok: false; readonly reason: string };
  /** Highest resident memory of the engine's process so far, in bytes. */
  readonly peakBytes: number;
  /** Tensors that the engine holds now. */
  readonly heldTensors: number;
}

/** The first message of an inference process: it has loaded its engine. */
export const READY = "ready";
