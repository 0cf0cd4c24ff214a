/** Reports with their pictures, which may be out of reach for a while. */
import { reasonOf } from "../../../errors.js";
import type { PictureExchange } from "./picture-exchange.js";
import type { StreamEntry } from "./report-stream.js";
import { unpackReport, type UnpackedReport } from "./wire.js";

/** A report whose pictures cannot be had is asked for again so often; then they are gone. */
const MOST_TRIES = 20;

export class Unpacking {
  /** By the ids of entries. */
  readonly #tries = new Map<string, number>();

  constructor(private readonly exchange: PictureExchange) {}

  /** Throws `StoreError` while another try is worth it; pictures that cannot be had for long are lost, and with them the work. */
  async of({ id, text }: StreamEntry): Promise<UnpackedReport> {
    try {
      const unpacked = await unpackReport(text, this.exchange);
      this.#tries.delete(id);
      return unpacked;
    } catch (thrown) {
      const tries = (this.#tries.get(id) ?? 0) + 1;
      this.#tries.set(id, tries);
      if (tries < MOST_TRIES) {
        throw thrown;
      }
      this.#tries.delete(id);
      return { report: { type: "lost", reason: reasonOf(thrown) }, refs: [] };
    }
  }
}
