import { describe, expect, it } from "vitest";
import { lockedPackages } from "./lockfile.js";

const LOCK = `lockfileVersion: '9.0'

packages:

  left-out@1.0.0:
    resolution: {integrity: sha512-x}

snapshots:

  '@scope/name@2.0.0(peer@1.0.0)(other@3.0.0)':
    dependencies:
      peer: 1.0.0
    optionalDependencies:
      fast: 1.0.0

  fast@1.0.0:
    optional: true

  peer@1.0.0: {}

other:

  late@1.0.0: {}
`;

describe("lockedPackages", () => {
  it("names what every platform gets, without peers", () => {
    expect([...lockedPackages(LOCK)]).toEqual(["@scope/name@2.0.0", "peer@1.0.0"]);
  });

  it("reads the line ends of Windows too", () => {
    expect(lockedPackages(LOCK.replaceAll("\n", "\r\n")).size).toBe(2);
  });

  it("refuses a lockfile of another kind", () => {
    expect(() => lockedPackages("lockfileVersion: 5\n")).toThrow(
      expect.objectContaining({ code: "LOCKFILE_INVALID" }),
    );
  });
});
