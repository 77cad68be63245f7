import { bytesToHex } from "@noble/hashes/utils.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isCustomerId } from "./customer-id.js";
import { customerCommitment, customerKey, GATEWAY_SUB_KEY } from "./customer-keys.js";
import { deriveSubKey } from "./keys.js";

const OWNER = Uint8Array.from({ length: 32 }, (_, i) => i);
const GATEWAY = deriveSubKey(OWNER, GATEWAY_SUB_KEY);
const id = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._@+-]{0,63}$/);

describe("customers' keys", () => {
  // Made with OpenSSL: hkdfSync("sha256", gateway sub-key, "", "indicia/1/customer/alice", 32) and its commitment.
  it("are HKDF-SHA-256 of the gateway's sub-key, as another implementation has it", () => {
    const key = customerKey(GATEWAY, "alice");
    expect(bytesToHex(key)).toBe("d825926d224e8e0031974953927146d04d658e0b9f9ff4d67e603292ac1bc0c3");
    expect(customerCommitment(key)).toBe("4d14e8281d9c1c767f8ec39686f97581a9fcfed5a15ba646620b46bb2e4f9309");
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

  it.each(["", "-a", "a b", "a/b", "é", "a".repeat(65)])("refuse %j as an id", (text) => {
    expect(isCustomerId(text)).toBe(false);
    expect(() => customerKey(GATEWAY, text)).toThrow(RangeError);
  });
});
