import type { JSX } from "preact";
import type { Findings, Investigation } from "../../../../src/shapes/investigations.js";
import { API } from "../../api/client.js";
import { useLoaded } from "../../api/use-loaded.js";
import { DecoyHistogram } from "../../charts/decoy-histogram.js";
import { useClient } from "../../session.js";
import { Badge } from "../../ui/badge.js";
import { Facts } from "../../ui/facts.js";
import { ProblemNotice, sentence } from "../../ui/problem-notice.js";
import { Waiting } from "../../ui/waiting.js";
import { chanceOf, formatBytes, formatLevel, formatNumber } from "../../words/format.js";
import { VERDICTS } from "../../words/states.js";
import { Witnesses } from "./witnesses.js";

const CONTROLS = {
  reference: "The unmarked model",
  shadows: "Shadow models",
  innocents: "Innocent models under the real key",
  falseClaim: "A deliberately false claim",
} as const;

/** What was found, first in plain words, then in figures, then as a file. */
export function FindingsParts({ investigation }: { readonly investigation: Investigation }): JSX.Element {
  const client = useClient();
  const { id, evidence } = investigation;
  const { value, error, reload } = useLoaded(`${id} ${evidence?.sha256 ?? ""}`, (signal) =>
    client.get<Findings>(`/investigations/${id}/findings`, signal),
  );
  if (value === null)
    return error === null ? (
      <Waiting text="Loading the findings" />
    ) : (
      <ProblemNotice error={error} onRetry={reload} />
    );
  const strongest = value.witnesses.reduce<Findings["witnesses"][number] | null>(
    (best, each) => (best === null || each.log10P < best.log10P ? each : best),
    null,
  );
  return (
    <>
      <Verdict findings={value} investigation={investigation} />
      <div class="columns">
        <section class="card">
          <h2>The real key among decoys</h2>
          {strongest === null ? (
            <p class="empty">Nothing was measured.</p>
          ) : (
            <DecoyHistogram decoys={value.decoys} T={strongest.T} />
          )}
        </section>
        <section class="card">
          <h2>Controls</h2>
          <p>The same arithmetic on what must not match:</p>
          <Facts
            facts={(["reference", "shadows", "innocents", "falseClaim"] as const).map(
              (name) => [CONTROLS[name], value.controls[name]] as const,
            )}
          />
          <h2>Limits</h2>
          <ul>
            {value.limits.map((limit) => (
              <li key={limit}>{sentence(limit)}</li>
            ))}
          </ul>
        </section>
      </div>
      <Witnesses findings={value} />
    </>
  );
}

function Verdict({
  findings,
  investigation: { id, evidence },
}: {
  readonly findings: Findings;
  readonly investigation: Investigation;
}): JSX.Element {
  const { verdict, standing, standingReasons, meaning, log10P, log10PIdeal, level } = findings;
  const wording = VERDICTS[verdict];
  return (
    <section class={verdict === "match" ? "card verdict bad" : "card verdict"}>
      <h2>{wording.label}</h2>
      <p class="lead">{wording.meaning}</p>
      <Facts
        facts={[
          ["Chance of this, were the suspect independent", chanceOf(log10P)],
          ["Needed", formatLevel(level)],
          ["log10 p", `${log10P.toFixed(1)} certified, ${log10PIdeal.toFixed(1)} ideal`],
          [
            "Questions",
            `${formatNumber(findings.queries)}, ${formatNumber(findings.lostQueries)} without an answer`,
          ],
          [
            "Standing",
            <Badge
              wording={
                standing === "anchored"
                  ? { label: "Anchored", tone: "good" }
                  : { label: "Exploratory", tone: "warn" }
              }
            />,
          ],
        ]}
      />
      <h3>What it means</h3>
      {meaning.map((paragraph) => (
        <p key={paragraph}>{paragraph}</p>
      ))}
      {standingReasons.length > 0 && (
        <>
          <h3>Why it is {standing}</h3>
          <ul>
            {standingReasons.map((reason) => (
              <li key={reason}>{sentence(reason)}</li>
            ))}
          </ul>
        </>
      )}
      {evidence !== null && (
        <>
          <div class="actions">
            <a class="button" href={`${API}/investigations/${id}/evidence`} download={`evidence-${id}.zip`}>
              Download the evidence
            </a>
            <a class="button secondary" href="/verify">
              Check evidence in this browser
            </a>
          </div>
          <p class="aside">
            {formatBytes(evidence.bytes)}, SHA-256 <code>{evidence.sha256}</code>
          </p>
        </>
      )}
    </section>
  );
}
