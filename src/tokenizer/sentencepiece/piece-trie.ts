/** A trie of pieces over UTF-8 bytes, to find those that start at a place in a text by walking it byte by byte. */

const NO_PIECE = -1;

export class PieceTrie {
  static readonly ROOT = 0;
  /** Child of a node by one byte, under the key node x 256 + byte: dense tables would be mostly empty. */
  readonly #children = new Map<number, number>();
  /** The id of the piece that ends at a node. */
  readonly #ids: number[] = [NO_PIECE];

  add(piece: string, id: number): void {
    let node: number = PieceTrie.ROOT;
    for (const byte of Buffer.from(piece)) {
      let child = this.child(node, byte);
      if (child === undefined) {
        child = this.#ids.push(NO_PIECE) - 1;
        this.#children.set(node * 256 + byte, child);
      }
      node = child;
    }
    this.#ids[node] = id;
  }

  child(node: number, byte: number): number | undefined {
    return this.#children.get(node * 256 + byte);
  }

  /** The piece that ends at `node`. */
  idAt(node: number): number | undefined {
    const id = this.#ids[node];
    return id === NO_PIECE ? undefined : id;
  }
}
