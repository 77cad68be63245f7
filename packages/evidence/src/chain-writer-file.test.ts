import { describe, expect, it } from "vitest";
import { createWriter, type WritableFile } from "./chain-writer-file.js";
import { rejectionCode } from "./test-support/codes.js";

interface Disk {
  readonly handle: WritableFile;
  readonly bytes: () => string;
  readonly syncs: () => number;
}

/** A disk that takes at most `most` bytes at once, and fails where it is told to. */
function fakeDisk(options: { most?: number; failAtSync?: number } = {}): Disk {
  const content: number[] = [];
  let syncs = 0;
  const write: WritableFile["write"] = async (bytes, offset, length, position) => {
    const taken = Math.min(length, options.most ?? length);
    for (let i = 0; i < taken; i += 1) content[position + i] = bytes[offset + i] ?? 0;
    return { bytesWritten: taken };
  };
  const datasync = async (): Promise<void> => {
    syncs += 1;
    if (syncs === options.failAtSync) throw new Error("no space left on device");
    await new Promise((resolve) => {
      setTimeout(resolve, 1);
    });
  };
  return {
    handle: { write, datasync, close: async () => {} },
    bytes: () => new TextDecoder().decode(Uint8Array.from(content)),
    syncs: () => syncs,
  };
}

const line = (text: string): Uint8Array => new TextEncoder().encode(text);

describe("writer", () => {
  it("puts lines that wait together under one sync", async () => {
    const disk = fakeDisk();
    const writer = createWriter(disk.handle, 0);
    await Promise.all(["a", "b", "c"].map((text) => writer.write(line(text), "test")));
    expect(disk.bytes()).toBe("a\nb\nc\n");
    expect(disk.syncs()).toBe(1);
    await Promise.all(Array.from({ length: 100 }, (_, i) => writer.write(line(String(i)), "test")));
    expect(disk.syncs()).toBeLessThan(5);
    await writer.close();
  });

  it("goes on where the disk took only a part", async () => {
    const disk = fakeDisk({ most: 3 });
    const writer = createWriter(disk.handle, 0);
    await writer.write(line("a longer line"), "test");
    await writer.write(line("b"), "test");
    expect(disk.bytes()).toBe("a longer line\nb\n");
  });

  it("acknowledges nothing that failed, and writes nothing after it", async () => {
    const disk = fakeDisk({ failAtSync: 2 });
    const writer = createWriter(disk.handle, 0);
    await writer.write(line("kept"), "test");
    const failed = writer.write(line("failed"), "test");
    expect(await rejectionCode(failed)).toBe("CHAIN_WRITE_FAILED");
    expect(() => writer.write(line("after"), "test")).toThrow(
      expect.objectContaining({ code: "CHAIN_WRITE_FAILED" }) as Error,
    );
    expect(disk.bytes()).not.toContain("after");
    await writer.close();
  });

  it("refuses to outgrow what can be read again", () => {
    const writer = createWriter(fakeDisk().handle, 2 ** 30 - 3);
    expect(() => writer.write(line("abc"), "test")).toThrow(
      expect.objectContaining({ code: "CHAIN_TOO_LARGE" }) as Error,
    );
  });
});
