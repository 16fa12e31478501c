import { deflateRawSync } from "node:zlib";
import { expect, test } from "vitest";
import { zipEntry } from "../../src/kubernetes/gateway/zip-entry.ts";

interface File {
  readonly name: string;
  readonly bytes: Buffer;
  readonly method: number;
}

/** As the format's specification (APPNOTE) lays it out; the local headers bear an extra field that the directory does not. */
function zip(files: readonly File[], comment = ""): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, bytes, method } of files) {
    const data = method === 8 ? deflateRawSync(bytes) : bytes;
    const local = Buffer.alloc(30);
    local.write("PK\u0003\u0004", "latin1");
    local.writeUInt16LE(name.length, 26);
    local.writeUInt16LE(4, 28);
    const entry = Buffer.alloc(46);
    entry.write("PK\u0001\u0002", "latin1");
    entry.writeUInt16LE(method, 10);
    entry.writeUInt32LE(data.length, 20);
    entry.writeUInt32LE(bytes.length, 24);
    entry.writeUInt16LE(name.length, 28);
    entry.writeUInt32LE(offset, 42);
    directory.push(entry, Buffer.from(name));
    const whole = Buffer.concat([local, Buffer.from(name), Buffer.alloc(4), data]);
    parts.push(whole);
    offset += whole.length;
  }
  const end = Buffer.alloc(22);
  end.write("PK\u0005\u0006", "latin1");
  end.writeUInt32LE(offset, 16);
  end.writeUInt16LE(comment.length, 20);
  return Buffer.concat([...parts, ...directory, end, Buffer.from(comment)]);
}

const archive = zip(
  [
    { name: "first", bytes: Buffer.from("as it is"), method: 0 },
    { name: "folder/second", bytes: Buffer.alloc(100_000, "ab"), method: 8 },
    { name: "third", bytes: Buffer.from("unknown"), method: 12 },
  ],
  "a comment",
);

test("an entry is read, stored or deflated", () => {
  expect(zipEntry(archive, "first").toString()).toBe("as it is");
  expect(zipEntry(archive, "folder/second").equals(Buffer.alloc(100_000, "ab"))).toBe(true);
});

test("what can't be read is refused", () => {
  expect(() => zipEntry(archive, "second")).toThrow("has no second");
  expect(() => zipEntry(archive, "third")).toThrow("method 12");
  expect(() => zipEntry(Buffer.from("something else"), "first")).toThrow("not a ZIP archive");
});
