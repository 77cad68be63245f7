import type { Access } from "../observation-format.js";
import {
  fileControlSeed,
  INNOCENT_NOISE,
  noisedSeed,
  STRANGER_STRENGTH,
  strangerSeed,
} from "../public-controls.js";
import type { Block } from "./blocks.js";
import type { ReportParts } from "./report.js";

/**
 * What stands in the suspect's place as an innocent, by its name in the observation, how it comes about, and from which
 * public seed. Strengths and seeds never change under one version of a report.
 */
const ANSWERING: Readonly<Record<string, (commitment: string) => string>> = {
  stranger: (commitment) =>
    `the reference's answers with another mark on them, of ${STRANGER_STRENGTH} logits, whose signs follow from the public ` +
    `seed ${strangerSeed(commitment)}`,
  "noised-1": (commitment) => noised(1, commitment),
  "noised-2": (commitment) => noised(2, commitment),
};
const FILES: Readonly<Record<string, (commitment: string) => string>> = {
  noise: (commitment) =>
    `normal noise in the place of each residual, from the public seed ${fileControlSeed("noise", commitment)}`,
  stranger: (commitment) =>
    "signs of one size in the place of each residual, as a mark of somebody else leaves them, from the public seed " +
    fileControlSeed("stranger", commitment),
};

/** What the innocent models were, one by one. */
export function innocentBlocks({ registration, observation: { file } }: ReportParts): Block[] {
  const innocents = file.controls.filter(({ kind }) => kind === "innocent");
  if (innocents.length === 0) return [];
  return [
    {
      kind: "paragraph",
      text:
        "The innocent models were not found somewhere: the program makes them from the reference, or in place of its residual, " +
        "without the key, from the public seeds below, in which the long number is the registration. They show what other " +
        "models give under the real key. Their residuals are sealed with the observation, under these names.",
    },
    {
      kind: "facts",
      rows: innocents.map(({ name, residuals }): readonly [string, string] => [
        `control-${name}`,
        `${madeAs(name, file.access)?.(registration.commitment) ?? "another model"}${sealedAs(residuals[0], file.files)}`,
      ]),
    },
  ];
}

function madeAs(name: string, access: Access): ((commitment: string) => string) | undefined {
  return (access === "file" ? FILES : ANSWERING)[name];
}

function sealedAs(
  first: { readonly file: string } | undefined,
  hashes: Readonly<Record<string, string>>,
): string {
  if (first === undefined) return "";
  return `; first residual ${first.file}, SHA-256 ${hashes[first.file] ?? "not sealed"}`;
}

function noised(number: number, commitment: string): string {
  return (
    `the reference with normal noise on its weights, of ${100 * INNOCENT_NOISE} % of each tensor's root mean square, as slight ` +
    `fine-tuning leaves it, from the public seed ${noisedSeed(number, commitment)}`
  );
}
