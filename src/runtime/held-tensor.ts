/** Tensors that stay with an engine, seen from the program: a number that is only good there, and only until it is released. */
import { InternalError, SessionError } from "../errors.js";
import type { Feed, HeldRow, HeldTensor } from "./engine.js";
import type { Ask, HostTensor, TensorHandle, TensorType, WireFeed } from "./protocol.js";

/** The way to one engine; which one a tensor belongs to is told by it. */
export interface Channel {
  readonly ask: Ask;
  readonly ended: () => boolean;
}

/** The tensor under `handle`. @param name what it is called in messages */
export function heldTensor(channel: Channel, handle: TensorHandle, name: string): HeldTensor {
  return new EngineTensor(channel, handle, name);
}

/** How `feed` travels to the engine. Throws `SessionError` for a tensor that is released, or that another engine holds. */
export function wireFeed(channel: Channel, name: string, feed: Feed): WireFeed {
  if ("data" in feed) {
    return { shape: feed.shape, data: feed.data };
  }
  const [tensor, row] = "tensor" in feed ? [feed.tensor, feed.index] : [feed, undefined];
  if (!(tensor instanceof EngineTensor)) {
    throw new InternalError(`feed ${name}: expected an array or a tensor of an engine, got something else`);
  }
  return { held: tensor.idFor(channel, name), row };
}

class EngineTensor implements HeldTensor {
  readonly shape: readonly number[];
  readonly type: TensorType;
  #released = false;

  constructor(
    private readonly channel: Channel,
    private readonly handle: TensorHandle,
    private readonly name: string,
  ) {
    this.shape = handle.shape;
    this.type = handle.type;
  }

  async read(): Promise<HostTensor> {
    this.#checkHeld(`reading ${this.name}`);
    return this.channel.ask({ kind: "read", held: this.handle.id });
  }

  row(index: number): HeldRow {
    const [rows] = this.shape;
    if (rows === undefined || !Number.isInteger(index) || index < 0 || index >= rows) {
      throw new InternalError(
        `held tensor ${this.name}: expected a row of its shape [${this.shape.join(", ")}], got ${index}`,
      );
    }
    return { shape: [1, ...this.shape.slice(1)], type: this.type, tensor: this, index };
  }

  async release(): Promise<void> {
    if (this.#released) {
      return;
    }
    this.#released = true;
    try {
      await this.channel.ask({ kind: "drop", held: this.handle.id });
    } catch (error) {
      // The memory of an engine that has ended is gone with it.
      if (!this.channel.ended()) {
        throw error;
      }
    }
  }

  /** The number to feed it by. */
  idFor(channel: Channel, feed: string): number {
    if (channel !== this.channel) {
      throw new SessionError(
        `feed ${feed}: expected a tensor of this engine, got ${this.name}, which another one holds`,
      );
    }
    this.#checkHeld(`feed ${feed}`);
    return this.handle.id;
  }

  #checkHeld(where: string): void {
    if (this.#released) {
      throw new SessionError(`${where}: expected a tensor that is held, got ${this.name}, which is released`);
    }
  }
}
