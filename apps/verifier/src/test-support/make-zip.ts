import zlib from "node:zlib";

/** One entry of an archive that need not be honest. */
export interface ZipPart {
  readonly name: string;
  /** Absent for a folder. */
  readonly content?: string;
  readonly deflated?: boolean;
  readonly method?: number;
  readonly flags?: number;
  /** Unix mode, type included. */
  readonly mode?: number;
  /** Size that it claims to have. */
  readonly claimed?: number;
  readonly crc?: number;
  /** Points at the content of another. */
  readonly sameAs?: string;
}

/** Make an archive by hand, as PKWARE's APPNOTE.TXT 6.3.10 has it: local headers, directory, end record. */
export function makeZip(parts: readonly ZipPart[], options: { readonly comment?: string } = {}): Uint8Array {
  const body: Buffer[] = [];
  const directory: Buffer[] = [];
  const places = new Map<string, number>();
  let at = 0;
  for (const part of parts) {
    const name = Buffer.from(part.name);
    const content = Buffer.from(part.content ?? "");
    const packed = part.deflated === true ? zlib.deflateRawSync(content) : content;
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(part.flags ?? 0, 2);
    common.writeUInt16LE(part.method ?? (part.deflated === true ? 8 : 0), 4);
    common.writeUInt32LE(part.crc ?? zlib.crc32(content), 10);
    common.writeUInt32LE(packed.length, 14);
    common.writeUInt32LE(part.claimed ?? content.length, 18);
    common.writeUInt16LE(name.length, 22);
    const before = part.sameAs === undefined ? undefined : places.get(part.sameAs);
    places.set(part.name, before ?? at);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE((part.mode ?? 0) * 2 ** 16, 6);
    rest.writeUInt32LE(before ?? at, 10);
    directory.push(Buffer.from([0x50, 0x4b, 1, 2, 20, 3]), common, rest, name);
    if (before !== undefined) continue;
    const local = [Buffer.from([0x50, 0x4b, 3, 4]), common, name, packed];
    body.push(...local);
    at += local.reduce((sum, { length }) => sum + length, 0);
  }
  const central = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  const comment = Buffer.from(options.comment ?? "");
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(parts.length, 8);
  end.writeUInt16LE(parts.length, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(at, 16);
  end.writeUInt16LE(comment.length, 20);
  return Uint8Array.from(Buffer.concat([...body, central, end, comment]));
}
