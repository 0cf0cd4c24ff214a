/** A zip archive as PyTorch packs one, and as it does not: deflated, or with 64-bit records and a hole before its last file. */
const SIZE_64 = 24;

export interface Split {
  readonly head: Buffer;
  readonly tail: Buffer;
}

export function zipBytes(
  records: ReadonlyMap<string, Buffer>,
  options?: { deflate?: (bytes: Buffer) => Buffer },
): Buffer;
export function zipBytes(records: ReadonlyMap<string, Buffer>, options: { gapBeforeLast: number }): Split;
export function zipBytes(
  records: ReadonlyMap<string, Buffer>,
  { deflate, gapBeforeLast = 0 }: { deflate?: (bytes: Buffer) => Buffer; gapBeforeLast?: number } = {},
): Buffer | Split {
  const files: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  let headLength = 0;
  for (const [index, [name, content]] of [...records].entries()) {
    if (index === records.size - 1) {
      headLength = offset;
      offset += gapBeforeLast;
    }
    const packed = deflate === undefined ? content : deflate(content);
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(deflate === undefined ? 0 : 8, 8);
    local.writeUInt32LE(packed.length, 18);
    local.writeUInt32LE(content.length, 22);
    local.writeUInt16LE(name.length, 26);
    directory.push(
      centralHeader(name, deflate === undefined ? 0 : 8, packed.length, content.length, offset, gapBeforeLast > 0),
    );
    files.push(local, Buffer.from(name), packed);
    offset += 30 + name.length + packed.length;
  }
  const entries = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(records.size, 8);
  end.writeUInt16LE(records.size, 10);
  if (gapBeforeLast === 0) {
    end.writeUInt32LE(entries.length, 12);
    end.writeUInt32LE(offset, 16);
    return Buffer.concat([...files, entries, end]);
  }
  end.writeUInt32LE(0xffff_ffff, 12);
  end.writeUInt32LE(0xffff_ffff, 16);
  const whole = Buffer.concat([...files, entries, endRecord64(entries.length, offset), end]);
  return { head: whole.subarray(0, headLength), tail: whole.subarray(headLength) };
}

function centralHeader(
  name: string,
  method: number,
  packed: number,
  size: number,
  offset: number,
  large: boolean,
): Buffer {
  const header = Buffer.alloc(46);
  header.writeUInt32LE(0x02014b50, 0);
  header.writeUInt16LE(method, 10);
  header.writeUInt32LE(large ? 0xffff_ffff : packed, 20);
  header.writeUInt32LE(large ? 0xffff_ffff : size, 24);
  header.writeUInt16LE(name.length, 28);
  header.writeUInt16LE(large ? SIZE_64 + 4 : 0, 30);
  header.writeUInt32LE(large ? 0xffff_ffff : offset, 42);
  if (!large) {
    return Buffer.concat([header, Buffer.from(name)]);
  }
  const extra = Buffer.alloc(4 + SIZE_64);
  extra.writeUInt16LE(1, 0);
  extra.writeUInt16LE(SIZE_64, 2);
  for (const [index, value] of [size, packed, offset].entries()) {
    extra.writeBigUInt64LE(BigInt(value), 4 + 8 * index);
  }
  return Buffer.concat([header, Buffer.from(name), extra]);
}

function endRecord64(size: number, offset: number): Buffer {
  const record = Buffer.alloc(56);
  record.writeUInt32LE(0x06064b50, 0);
  record.writeBigUInt64LE(44n, 4);
  record.writeBigUInt64LE(BigInt(size), 40);
  record.writeBigUInt64LE(BigInt(offset), 48);
  const locator = Buffer.alloc(20);
  locator.writeUInt32LE(0x07064b50, 0);
  locator.writeBigUInt64LE(BigInt(offset + size), 8);
  return Buffer.concat([record, locator]);
}
