import { readFile } from "node:fs/promises";
import { nodeKeystream } from "@indicia/core/keystream-node";
import { readBundle, makeBundle } from "@indicia/evidence/bundle";
import { checkPrinted } from "@indicia/evidence/check-printed-file";
import { DOSSIER_PATHS } from "@indicia/evidence/dossier";
import { nativeSha256 } from "@indicia/evidence/hash-file";
import { nativeUnpacker } from "@indicia/evidence/unpack-file";
import { type VerifyReport, verifyBundle } from "@indicia/evidence/verify";
import { type RandomNumbers, randomNumbers } from "@indicia/data/random-numbers";
import { derivePurpose } from "@indicia/proof/keys";
import { type Row, row } from "../row.js";

const OPTIONS = { sha256: nativeSha256, unpacker: nativeUnpacker, keystream: nodeKeystream } as const;

/** What is shown to people: by `evidence show`, and by the files that are to be read. */
const SHOWN = [
  ...Object.values(DOSSIER_PATHS),
  "registration/registration.json",
  "observation/observation.json",
  "conclusion.json",
  "VERIFY.md",
] as const;

/**
 * Random changes of a single byte: of the archive as it is, and, by somebody with the owner's signing key, of any file
 * in it with everything signed again. Each is to be rejected, or to leave all that is shown as it was.
 */
export async function flipRows(
  bench: string,
  given: { readonly evidence: string; readonly ownerKey: Uint8Array },
  { changes, resigned, say }: { changes: number; resigned: number; say: (line: string) => void },
): Promise<Row[]> {
  const bytes = new Uint8Array(await readFile(given.evidence));
  const shown = shownBy(verifyBundle(bytes, OPTIONS));
  say(`${changes} changes of one byte in ${bytes.length}`);
  const random = randomNumbers("evidence: changed bytes");
  const plain = { rejected: 0, irrelevant: 0, undetected: 0 };
  for (let i = 0; i < changes; i++) plain[judged(verifyBundle(flipped(bytes, random), OPTIONS), shown)]++;
  say(`${resigned} changes of one byte, signed again`);
  const { files } = readBundle(bytes, OPTIONS);
  const seed = derivePurpose(given.ownerKey, "signing");
  const signed = { rejected: 0, irrelevant: 0, undetected: 0 };
  for (let i = 0; i < resigned; i++) {
    const name = [...files.keys()][random.below(files.size)] ?? "";
    const changed = makeBundle(
      new Map(files).set(name, flipped(files.get(name) ?? new Uint8Array(1), random)),
      seed,
      nativeSha256,
    );
    const report = verifyBundle(changed, OPTIONS);
    signed[(await isPrinted(report)) ? judged(report, shown) : "rejected"]++;
  }
  const add = (label: string, { rejected, irrelevant, undetected }: typeof plain): Row[] =>
    Object.entries({ rejected, "not rejected, nothing shown changed": irrelevant, undetected }).map(
      ([metric, value]) =>
        row({ bench, case: label, metric, value, ...(metric === "undetected" ? { goal: "== 0" } : {}) }),
    );
  return [
    ...add(`${changes} changed bytes`, plain),
    ...add(`${resigned} changed bytes, signed again by the owner`, signed),
  ];
}

/** A copy with one byte that is another one. */
function flipped(bytes: Uint8Array, random: RandomNumbers): Uint8Array {
  const changed = Uint8Array.from(bytes);
  const at = random.below(changed.length);
  changed[at] = (changed[at] ?? 0) ^ (1 + random.below(255));
  return changed;
}

function judged(report: VerifyReport, shown: string): "rejected" | "irrelevant" | "undetected" {
  if (!report.verified) return "rejected";
  return shownBy(report) === shown ? "irrelevant" : "undetected";
}

/** `evidence verify` prints the report again, which takes a second: asked only where nothing else was wrong. */
async function isPrinted({ verified, bundle }: VerifyReport): Promise<boolean> {
  if (!verified || bundle === null) return true;
  try {
    return "passed" in (await checkPrinted(bundle));
  } catch {
    return false;
  }
}

function shownBy({ bundle }: VerifyReport): string {
  return SHOWN.map((name) =>
    Buffer.from(bundle?.files.get(name) ?? new Uint8Array(0)).toString("base64"),
  ).join();
}
