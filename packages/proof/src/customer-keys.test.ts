import { createHash, hkdfSync } from "node:crypto";
import { bytesToHex } from "@noble/hashes/utils.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { customerCommitment, customerKey, GATEWAY_SUB_KEY, isCustomerId } from "./customer-keys.js";
import { deriveSubKey } from "./keys.js";

const OWNER = Uint8Array.from({ length: 32 }, (_, i) => i);
const GATEWAY = deriveSubKey(OWNER, GATEWAY_SUB_KEY);
const id = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._@+-]{0,63}$/);

describe("customers' keys", () => {
  it("are HKDF-SHA-256 of the gateway's sub-key, as another implementation has it", () => {
    const expected = hkdfSync("sha256", GATEWAY, new Uint8Array(0), "indicia/1/customer/alice", 32);
    expect(bytesToHex(customerKey(GATEWAY, "alice"))).toBe(Buffer.from(expected).toString("hex"));
  });

  it("differ from customer to customer and from gateway to gateway", () => {
    fc.assert(
      fc.property(id, id, (a, b) => {
        const [one, other] = [a, b].map((each) => bytesToHex(customerKey(GATEWAY, each)));
        expect(one === other).toBe(a === b);
        expect(bytesToHex(customerKey(deriveSubKey(OWNER, 2), a))).not.toBe(one);
      }),
      { numRuns: 50 },
    );
  });

  it("are committed to by a hash that says nothing else", () => {
    const key = customerKey(GATEWAY, "alice");
    const expected = createHash("sha256").update("indicia/1/customer\0").update(key).digest("hex");
    expect(customerCommitment(key)).toBe(expected);
  });

  it.each(["", "-a", "a b", "a/b", "é", "a".repeat(65)])("refuse %j as an id", (text) => {
    expect(isCustomerId(text)).toBe(false);
    expect(() => customerKey(GATEWAY, text)).toThrow(RangeError);
  });
});
