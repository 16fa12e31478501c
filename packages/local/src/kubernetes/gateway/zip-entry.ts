import { inflateRawSync } from "node:zlib";

/** One file of a ZIP archive. Throws when it is not there, or is neither stored nor deflated. */
export function zipEntry(archive: Buffer, wanted: string): Buffer {
  const end = archive.lastIndexOf(signatures.end);
  if (end < 0) throw new Error("not a ZIP archive");
  let at = archive.readUInt32LE(end + 16);
  while (archive.subarray(at, at + 4).equals(signatures.directory)) {
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((offset) => archive.readUInt16LE(at + offset));
    const nameEnd = at + 46 + (nameLength ?? 0);
    if (archive.toString("utf8", at + 46, nameEnd) === wanted) return contents(archive, at);
    at = nameEnd + (extraLength ?? 0) + (commentLength ?? 0);
  }
  throw new Error(`the archive has no ${wanted}`);
}

const signatures = {
  directory: Buffer.from("PK\u0001\u0002", "latin1"),
  end: Buffer.from("PK\u0005\u0006", "latin1"),
};

/** What the entry of the directory at this offset stands for. */
function contents(archive: Buffer, entry: number): Buffer {
  const method = archive.readUInt16LE(entry + 10);
  const compressed = archive.readUInt32LE(entry + 20);
  const header = archive.readUInt32LE(entry + 42);
  // Its lengths are those of the local header, which may differ from the directory's.
  const start = header + 30 + archive.readUInt16LE(header + 26) + archive.readUInt16LE(header + 28);
  const bytes = archive.subarray(start, start + compressed);
  if (method === 0) return bytes;
  if (method !== 8) throw new Error(`a ZIP entry is compressed by method ${method}`);
  return inflateRawSync(bytes);
}
