import { writeFile } from "node:fs/promises";
import path from "node:path";
import { generateX25519Identity, identityToRecipient } from "age-encryption";
import { indicia } from "../first-light/programs.js";
import type { Row } from "../row.js";

/** What `evidence verify --json` prints, as far as the rows need it. */
interface Verified {
  readonly verified: boolean;
  readonly checks: readonly { readonly name: string; readonly status: "passed" | "failed" | "not checked" }[];
}

/** Evidence, with what its owner has. */
export interface VerifiedFiles {
  readonly evidence: string;
  readonly key: string;
  /** Where files may be left. */
  readonly folder: string;
  readonly registration: string;
  readonly reference: string;
}

/** Verify evidence as a stranger does, then as an expert with the models, to whom a sub-key was disclosed. */
export async function verifiedRows(
  add: (metric: string, value: number, goal: string) => Row,
  given: VerifiedFiles,
): Promise<Row[]> {
  const { evidence, key, folder } = given;
  const [identityFile, disclosure] = [path.join(folder, "expert.txt"), path.join(folder, "disclosure.age")];
  const identity = await generateX25519Identity();
  await writeFile(identityFile, `${identity}\n`, { mode: 0o600 });
  const recipient = await identityToRecipient(identity);
  const verify = (...more: string[]): Promise<Verified> => indicia("evidence", "verify", evidence, ...more);
  const stranger = await verify();
  await indicia(
    "evidence",
    "disclose",
    evidence,
    "--key",
    key,
    "--recipient",
    recipient,
    "--out",
    disclosure,
    "--yes",
  );
  const models = ["--registration", given.registration, "--reference", given.reference];
  const expert = await verify("--disclosure", disclosure, "--identity", identityFile, ...models);
  return [
    add("evidence verified", Number(stranger.verified), "== 1"),
    add("evidence verified with a disclosure", Number(expert.verified), "== 1"),
    add(
      "checks not passed with a disclosure",
      expert.checks.filter(({ status }) => status !== "passed").length,
      "== 0",
    ),
  ];
}
