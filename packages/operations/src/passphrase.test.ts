import { expect, test } from "vitest";
import { askNewPassphrase, passphraseFrom } from "./passphrase.js";

function answering(...answers: string[]): Parameters<typeof askNewPassphrase>[0] {
  return { environment: {}, askSecret: async () => answers.shift() ?? "" };
}

test("a new passphrase is asked for twice", async () => {
  await expect(askNewPassphrase(answering("correct horse", "correct horse"))).resolves.toBe("correct horse");
  await expect(askNewPassphrase(answering("correct horse", "correct h0rse"))).rejects.toMatchObject({
    code: "PASSPHRASE_DIFFERS",
  });
  await expect(askNewPassphrase(answering("", ""))).rejects.toMatchObject({ code: "PASSPHRASE_EMPTY" });
});

test("without a terminal the hint names the way out", async () => {
  await expect(askNewPassphrase({ environment: {}, askSecret: null })).rejects.toMatchObject({
    code: "PASSPHRASE_REQUIRED",
    hint: expect.stringContaining("--passphrase-env"),
  });
});

test("a variable's passphrase is taken as it stands", () => {
  expect(passphraseFrom("SECRET", { SECRET: "  with spaces\t" })).toBe("  with spaces\t");
});
