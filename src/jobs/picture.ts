/** What a picture is that is kept, on its way into the store and in it. */
import type { KeptPicture } from "./job.js";

/** A picture on its way into the store. */
export interface NewPicture {
  readonly bytes: Uint8Array;
  readonly owner: string;
  readonly width: number;
  readonly height: number;
  readonly mime: string;
  readonly seed?: string | undefined;
  readonly prompt?: string | undefined;
}

/** A picture as it is kept. */
export interface StoredPicture extends KeptPicture {
  readonly job: string | undefined;
  readonly owner: string;
  readonly bytes: number;
  /** Of its bytes, in hexadecimal. */
  readonly sha256: string;
  readonly prompt: string;
  readonly starred: boolean;
  readonly created: number;
}

export interface PictureFilter {
  /** Words of the prompt, in any case. */
  readonly query?: string | undefined;
  readonly starred?: boolean | undefined;
  readonly owner?: string | undefined;
  readonly limit: number;
  /** The id of a picture: those that are older than it. */
  readonly after?: string | undefined;
}

/** A picture whose file is written and whose row is not: `insert` adds the row inside a transaction of the caller's. */
export interface WrittenPicture extends KeptPicture {
  insert(job: string | undefined, position: number, created: number): void;
}
