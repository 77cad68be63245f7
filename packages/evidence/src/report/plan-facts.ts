import { roundTime } from "../beacon.js";
import type { DossierParts } from "../dossier-parts.js";
import { moment } from "./words.js";

/** Rows on what was planned before the suspect was asked; none where nothing was. */
export function planFacts({
  plan,
  observation,
  registration,
}: DossierParts): [name: string, value: string][] {
  const { plan: followed, observer } = observation.file;
  const party: [string, string][] =
    observer === undefined || observer.signer === registration.file.signer
      ? []
      : [["Observed by", `${observer.name}; the seal is signed with the key ${observer.signer}`]];
  if (plan === null || followed === undefined) return party;
  const { file, sha256 } = plan.plan;
  const beacon = file.anchor?.beacon ?? null;
  const dated = plan.timestamps.map(({ time, signer, root }): [string, string] => [
    "Plan dated",
    `${moment(time)} by "${signer.subject}"; ${root === null ? "no root of trust was planned, so that anybody may have signed it" : `its certificate leads to the planned root "${root.subject}"`}`,
  ]);
  return [
    ["Plan", `${sha256}, of ${moment(file.created)}; level ${file.level}`],
    ...(dated.length === 0 ? [["Plan dated", "by its maker's own clock alone"] as [string, string]] : dated),
    ...(file.asking === null
      ? []
      : [
          [
            "Probes drawn",
            beacon === null
              ? "by the plan alone: no public beacon took part"
              : `round ${beacon.round} of drand chain ${beacon.chain.slice(0, 16)}, published ${moment(roundTime(beacon).toISOString())}, admits ${file.asking.admitted} of ${file.asking.pool.rows} rows of the pool; draw ${followed.draw + 1}`,
          ] as [string, string],
        ]),
    ...(followed.fresh === null
      ? []
      : [
          ["Fresh probes", `none of them was asked in the observation sealed as ${followed.fresh}`] as [
            string,
            string,
          ],
        ]),
    ...party,
  ];
}

/** On whose word the answers rest. */
export function honestWords({ observation, registration }: DossierParts): string {
  const { observer } = observation.file;
  return observer === undefined || observer.signer === registration.file.signer
    ? "All of this is conditional on an honest transcript: that the answers, or the file, recorded here are the suspect's own."
    : `That the answers, or the file, recorded here are the suspect's own is the word of ${observer.name}, who signed the seal.`;
}
