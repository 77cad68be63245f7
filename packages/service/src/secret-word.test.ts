import { createHash, randomBytes } from "node:crypto";
import { expect, it } from "vitest";
import { apiKeyId, hashOfSecret, newApiKey, newSecretWord } from "./secret-word.js";

it("a key shows its id, and no other prefix takes it for its own", () => {
  const { id, token } = newApiKey("own_", randomBytes);
  expect(token).toMatch(/^own_[0-9a-f]{12}_[A-Za-z0-9_-]{43}$/);
  expect(apiKeyId("own_", token)).toBe(id);
  for (const other of ["other_", "wn_", ""]) expect(apiKeyId(other, token)).toBeNull();
  expect(apiKeyId("own_", `${token}x`)).toBeNull();
  expect(apiKeyId("own_", token.replace("_", "-"))).toBeNull();
});

it("two words differ, and are stored as their SHA-256", () => {
  const word = newSecretWord(randomBytes);
  expect(word).not.toBe(newSecretWord(randomBytes));
  expect(hashOfSecret(word)).toEqual(createHash("sha256").update(word).digest());
});
