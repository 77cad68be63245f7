import { localAuthority } from "@indicia/testkit/local-authority";
import { hexToBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import { beforeAll, describe, expect, it } from "vitest";
import { makeBundle, readBundle } from "./bundle.js";
import { makeAnchoredSample } from "./test-support/sample-anchor.js";
import { SAMPLE_SEED, SAMPLE_TIME } from "./test-support/sample-facts.js";
import type { Sample } from "./test-support/sample-bundle.js";
import { timestampRequest } from "./timestamp-request.js";
import { verifyBundle } from "./verify.js";

const TOKEN = "registration/timestamps/0.tsr";
const ROOTS = "registration/timestamps/roots.pem";
const BEACON = "registration/beacon.json";

let sample: Sample;
let files: ReadonlyMap<string, Uint8Array>;
beforeAll(async () => {
  sample = await makeAnchoredSample({ format: 2 });
  ({ files } = readBundle(sample.bundle));
});

/** First failure of the bundle once its owner put other files into it, or took some out, and signed it again. */
function failure(changes: Readonly<Record<string, Uint8Array | null>>): string {
  const changed = new Map(files);
  for (const [name, bytes] of Object.entries(changes)) {
    if (bytes === null) changed.delete(name);
    else changed.set(name, bytes);
  }
  const { checks } = verifyBundle(makeBundle(changed, SAMPLE_SEED), { disclosure: sample.disclosure });
  const found = checks.find(({ status }) => status === "failed");
  return found === undefined ? "verified" : `${found.name}: ${found.code}`;
}

const text = (name: string): string => new TextDecoder().decode(files.get(name));
function edited(name: string, from: RegExp, to: (found: string) => string): Record<string, Uint8Array> {
  const changed = text(name).replace(from, to);
  expect(changed).not.toBe(text(name));
  return { [name]: utf8ToBytes(changed) };
}
const otherDigit = (found: string): string => `${found.slice(0, -1)}${found.endsWith("1") ? 2 : 1}`;

describe("an anchored bundle", () => {
  it("verifies, and says in its report who dated it and where chance came from", () => {
    const report = verifyBundle(sample.bundle, { disclosure: sample.disclosure });
    expect(report.checks.filter(({ status }) => status !== "passed")).toEqual([]);
    const html = text("report.html");
    expect(html).toMatch(/2025-03-01 12:00:00 UTC by &quot;CN=Local Timestamps&quot;/);
    expect(html).toMatch(/registered root &quot;CN=Local Timestamps Root&quot;/);
    expect(html).toMatch(/round \d+ of drand chain/);
    expect(text("custody.jsonl").match(/"type":"(dated|salted)"/g)).toEqual([
      '"type":"dated"',
      '"type":"salted"',
    ]);
  });

  it("fails with every changed byte of its timestamp", () => {
    const token = files.get(TOKEN) ?? new Uint8Array(0);
    expect(token.length).toBeGreaterThan(1000);
    for (let at = 3; at < token.length; at += 61) {
      const changed = Uint8Array.from(token);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect([at, failure({ [TOKEN]: changed })]).toEqual([
        at,
        expect.stringMatching(
          /^timestamps: (TIMESTAMP_[A-Z]+|CERTIFICATE_MALFORMED|REGISTRATION_CHAIN|EVIDENCE_UNREADABLE)$/,
        ),
      ]);
    }
  });

  it("fails with a code of its own where a document of its anchor is another, missing or too many", () => {
    expect(failure(edited(ROOTS, /\n[A-Za-z]/, otherDigit))).toMatch(
      /^timestamps: (TIMESTAMP_CHAIN|CERTIFICATE_MALFORMED)$/,
    );
    expect(failure({ [ROOTS]: null })).toBe("timestamps: TIMESTAMP_CHAIN");
    expect(failure({ [TOKEN]: null })).toBe("timestamps: TIMESTAMP_MISSING");
    expect(failure({ "registration/timestamps/1.tsr": files.get(TOKEN) ?? null })).toBe(
      "timestamps: TIMESTAMP_UNEXPECTED",
    );
    expect(failure(edited(BEACON, /"signature":"\w{40}/, otherDigit))).toBe("beacon: BEACON_SIGNATURE");
    expect(failure(edited(BEACON, /"round":\d+/, otherDigit))).toBe("beacon: BEACON_ROUND");
    expect(failure({ [BEACON]: utf8ToBytes("{}") })).toBe("beacon: BEACON_MALFORMED");
    expect(failure({ [BEACON]: null })).toBe("beacon: BEACON_MISSING");
    expect(failure({ "registration/note.txt": utf8ToBytes("trust me") })).toBe(
      "instructions: BUNDLE_FILE_UNKNOWN",
    );
  });

  it("takes no token of another authority", async () => {
    const request = { imprint: hexToBytes(sample.commitment), nonce: new Uint8Array(16).fill(2) };
    const other = await (await localAuthority()).answer(timestampRequest(request), new Date(SAMPLE_TIME));
    expect(failure({ [TOKEN]: other })).toBe("timestamps: TIMESTAMP_CHAIN");
  });

  it("fails where custody or report tell another time than the authority", () => {
    expect(failure(edited("report.html", /12:00:00 UTC by/, () => "11:00:00 UTC by"))).toBe(
      "report: REPORT_DIFFERS",
    );
    expect(failure(edited("custody.jsonl", /existed at 2025/, () => "existed at 2024"))).toMatch(
      /^custody: (CHAIN|CUSTODY)_/,
    );
  });
});
