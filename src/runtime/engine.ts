/**
 * What runs networks, as the rest of the program sees it. An engine opens programs on one device; tensors can stay with it under a
 * handle, so that what is read again and again is handed over once. The child process is the implementation that is used.
 */
import type { Device } from "./device.js";
import type { EngineDescription, HostTensor, HostTensors, SessionSettings, TensorType } from "./protocol.js";

/** What `open` needs of a network: see `EmittedModel` of the graph layer. */
export interface Model {
  readonly bytes: Uint8Array;
  readonly externalDataRoot: string;
}

export interface EngineOptions {
  /** What programs are opened on; what `auto` means when left out. */
  readonly device?: Device | undefined;
  /** Threads of one operator; as many as `processorShare` says when left out. */
  readonly threads?: number | undefined;
  readonly optimization?: SessionSettings["optimization"] | undefined;
  readonly profileFolder?: SessionSettings["profileFolder"];
  /** How long an engine may take to say that it is there; a minute when left out. */
  readonly startTimeoutMs?: number | undefined;
}

export type OpenOptions = Partial<Pick<SessionSettings, "memoryPattern">>;

/** A tensor that stays with its engine until it is released. */
export interface HeldTensor {
  readonly shape: readonly number[];
  readonly type: TensorType;
  /** Fetches a copy. */
  read(): Promise<HostTensor>;
  /** Row `index` of the first axis, kept as an axis of size 1. It has no memory of its own and lasts as long as its tensor. */
  row(index: number): HeldRow;
  /** Gives the memory back. Twice is once; after the engine's end there is nothing left to do. */
  release(): Promise<void>;
}

/** A row of a held tensor: something to feed. */
export interface HeldRow {
  readonly shape: readonly number[];
  readonly type: TensorType;
  readonly tensor: HeldTensor;
  readonly index: number;
}

export type Feed = HostTensor | HeldTensor | HeldRow;
export type Feeds = Readonly<Record<string, Feed>>;
export type Outputs = Readonly<Record<string, HostTensor | HeldTensor>>;

export interface RunOptions {
  /** Outputs that stay with the engine. */
  readonly hold?: readonly string[];
}

/** A network that is ready to run. Every method throws `SessionError`. */
export interface Session {
  /** Runs once; inputs and outputs by name. */
  run(feeds: Feeds): Promise<HostTensors>;
  run(feeds: Feeds, options: RunOptions): Promise<Outputs>;
  release(): Promise<void>;
}

/** Bytes of arrays and models that were handed to the engine and that it handed back. */
export interface Traffic {
  readonly sent: number;
  readonly received: number;
}

export interface Engine extends AsyncDisposable {
  readonly device: Device;
  /** Whether it has ended, by itself or not: everything that is asked fails. */
  readonly ended: boolean;
  /** Highest resident memory so far, in bytes; mapped weight files count while their pages are in memory. */
  readonly peakBytes: number;
  /** Tensors that the engine held at its last answer. */
  readonly heldTensors: number;
  readonly transferredBytes: Traffic;
  /** Prepares a network. Throws `SessionError` when the engine refuses it. */
  open(model: Model, options?: OpenOptions): Promise<Session>;
  /** Hands a tensor over to stay. */
  upload(tensor: HostTensor): Promise<HeldTensor>;
  /** The engine's version and the devices that it knows. */
  describe(): Promise<EngineDescription>;
  /** Ends the engine at once; what it was asked fails. */
  kill(): void;
  /** Ends the engine, at once when something is still running in it. Twice is once. */
  close(): Promise<void>;
}
