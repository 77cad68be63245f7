import { readRegistration } from "@indicia/core/registration-folder";
import type { Job } from "./context.js";
import { readKeyFile } from "./key-file.js";
import { readRoots } from "./timestamp-roots.js";
import { enterSecrets } from "./enter-secrets.js";
import type { SecretAddOptions } from "./options.js";
import { readEntries } from "./secret-input.js";

/** `indicia secret add`: sign entries and add them to the register of trade secrets. */
export const secretAdd: Job<SecretAddOptions> = async (options, context) => {
  const registration = await readRegistration(options.registration);
  const entries =
    typeof options.entries === "string" ? await readEntries(options.entries) : [...options.entries];
  const trusted = await readRoots(options.dating.roots);
  const ownerKey = await readKeyFile(options.key, context);
  const { added, ...done } = await enterSecrets(
    {
      registrationFolder: options.registration,
      registration,
      ownerKey,
      entries,
      dating: { ...options.dating, trusted },
    },
    context,
  );
  for (const { index, type } of added) context.say(`Line ${index}: ${type}.`);
  return { exitCode: 0, report: { ...done, added } };
};
