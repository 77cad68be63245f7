import { CoreError } from "@indicia/core/error";
import { subKeys } from "@indicia/core/registration-keys";
import { readBundleFile } from "@indicia/evidence/bundle-file";
import { makeDisclosure } from "@indicia/evidence/disclosure";
import { nativeSha256 } from "@indicia/evidence/hash-file";
import { subKeysRoot } from "@indicia/evidence/sub-keys";
import { nativeUnpacker } from "@indicia/evidence/unpack-file";
import { verifyBundle } from "@indicia/evidence/verify";
import { armor, Encrypter } from "age-encryption";
import type { Job } from "./context.js";
import { OperationError } from "./error.js";
import { readKeyFile } from "./key-file.js";
import { writeNewFile } from "./new-file.js";
import type { EvidenceDiscloseOptions } from "./options.js";

/** `indicia evidence disclose`: hand one derived sub-key to an expert, encrypted to him; never the owner key. */
export const evidenceDisclose: Job<EvidenceDiscloseOptions> = async (options, context) => {
  const ownerKey = await readKeyFile(options.key, context);
  const { contents } = verifyBundle(await readBundleFile(options.evidence), {
    sha256: nativeSha256,
    unpacker: nativeUnpacker,
  });
  const { registration } = contents;
  const conclusion = contents.conclusion ?? contents.trace;
  if (registration === null || conclusion === null) {
    throw new OperationError(
      "FILE_KIND",
      `${options.evidence} holds no evidence that can be read`,
      "Check it with `indicia evidence verify`.",
    );
  }
  const keys = subKeys(ownerKey);
  if (Buffer.from(subKeysRoot(keys)).toString("hex") !== registration.subKeys.root) {
    throw new CoreError(
      "WRONG_KEY",
      "this owner key is not the one that the registration commits to",
      "Give the key it was made with.",
    );
  }
  const disclosure = makeDisclosure(conclusion.registration, keys, conclusion.subKey);
  const encrypter = new Encrypter();
  try {
    encrypter.addRecipient(options.recipient);
  } catch (error) {
    throw new OperationError(
      "RECIPIENT_INVALID",
      `"${options.recipient}" is no age recipient`,
      "Recipients begin with age1; the expert makes one with age-keygen.",
      { cause: error },
    );
  }
  const text = armor.encode(await encrypter.encrypt(disclosure));
  context.say(
    "A disclosure is for good: its mark then counts only against suspects whose hash or transcript was timestamped before.",
  );
  await writeNewFile(options.out, Buffer.from(text), 0o600);
  context.say(
    `Sub-key ${conclusion.subKey} is disclosed in ${options.out}, readable only by ${options.recipient}.`,
  );
  context.say(
    "From now on this mark counts only against suspects whose hash or transcript was timestamped before.",
  );
  return {
    exitCode: 0,
    report: { out: options.out, subKey: conclusion.subKey, recipient: options.recipient },
  };
};
