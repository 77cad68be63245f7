import { CoreError } from "@indicia/core/error";
import { subKeys } from "@indicia/core/registration-keys";
import { readBundleFile } from "@indicia/evidence/bundle-file";
import { makeDisclosure } from "@indicia/evidence/disclosure";
import { nativeSha256 } from "@indicia/evidence/hash-file";
import { subKeysRoot } from "@indicia/evidence/sub-keys";
import { nativeUnpacker } from "@indicia/evidence/unpack-file";
import type { TraceClaim } from "@indicia/evidence/trace-claim";
import { verifyBundle } from "@indicia/evidence/verify";
import { armor, Encrypter } from "age-encryption";
import type { Context, Job } from "./context.js";
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
  const { trace } = contents;
  for (const line of [
    "A disclosure is for good: its mark then counts only against suspects whose hash or transcript was timestamped before.",
    ...(trace === null ? [ENABLES_EXAMINER] : enablesOfTrace(trace)),
  ])
    context.say(line);
  await confirmed(options.yes, context);
  const text = armor.encode(await encrypter.encrypt(disclosure));
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

/** What an expert can do with the sub-key of an examination. */
const ENABLES_EXAMINER =
  "With it the expert draws every figure of the conclusion again; the residuals, too, with the models (`evidence verify --help`).";

/** The same of a trace, and what it costs a gateway. */
function enablesOfTrace({ logged }: TraceClaim): string[] {
  const queries =
    logged === null
      ? []
      : [
          "That logged queries were fixed before they were answered the key does not show: that takes the query log and the " +
            "registration besides (`evidence verify --query-log`). What the suspect's answers to them were is the word of whoever asked.",
        ];
  return [
    "With it the expert draws every figure of the trace again, of all customers in the register.",
    ...queries,
    "It is the gateway's sub-key: whoever has it can make, find and remove the marks of every customer, and read a query log that " +
      "is sealed under it. A registration has one; for a gateway that goes on serving register the model anew, and make its key from that.",
  ];
}

/** @throws OperationError UNCONFIRMED */
async function confirmed(yes: boolean, { askSecret }: Context): Promise<void> {
  if (yes) return;
  const answer = askSecret === null ? null : await askSecret("Type the word disclose to go on");
  if (answer?.trim() === "disclose") return;
  throw new OperationError(
    "UNCONFIRMED",
    "nothing was disclosed",
    askSecret === null ? "Give --yes, since nobody can be asked here." : "Type disclose, or give --yes.",
  );
}
