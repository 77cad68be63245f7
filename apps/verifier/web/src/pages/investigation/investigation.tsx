import { useRoute } from "preact-iso";
import type { JSX } from "preact";
import type { Investigation } from "../../../../src/shapes/investigations.js";
import type { Model } from "../../../../src/shapes/models.js";
import type { Suspect } from "../../../../src/shapes/suspects.js";
import { useLoaded } from "../../api/use-loaded.js";
import { EvidenceCurve } from "../../charts/evidence-curve.js";
import { useClient } from "../../session.js";
import { Facts } from "../../ui/facts.js";
import { PageHeading } from "../../ui/page-heading.js";
import { ProblemNotice } from "../../ui/problem-notice.js";
import { Waiting } from "../../ui/waiting.js";
import { counted, formatLevel, formatNumber, formatTime } from "../../words/format.js";
import { orderName } from "../../words/states.js";
import { Exchanges } from "./exchanges.js";
import { FindingsParts } from "./findings.js";
import { KeptOutKey } from "./kept-out-key.js";
import { StatePart } from "./state-part.js";
import { useInvestigation } from "./use-investigation.js";

export function InvestigationPage(): JSX.Element {
  const { params } = useRoute();
  const id = params["id"] ?? "";
  const investigation = useInvestigation(id);
  const { value, error, reload } = investigation;
  return (
    <main id="main">
      <PageHeading
        title={value?.name ?? "Investigation"}
        lead={value === null ? undefined : <Parties investigation={value} />}
      />
      <ProblemNotice error={error} onRetry={reload} />
      {value === null ? (
        error === null && <Waiting />
      ) : (
        <>
          <StatePart
            investigation={value}
            connection={investigation.connection}
            onChange={(changed) => investigation.replace(changed)}
          />
          {value.state === "awaiting-key" && (
            <KeptOutKey investigation={value} onChange={investigation.replace} />
          )}
          {value.verdict !== null && <FindingsParts investigation={value} />}
          {(value.looks.length > 0 || value.state === "running") && (
            <section class="card">
              <h2>How the evidence grew</h2>
              <EvidenceCurve looks={value.looks} level={value.level} />
            </section>
          )}
          <section class="card">
            <h2>What was planned</h2>
            <Plan investigation={value} />
          </section>
          {value.state !== "draft" && <Exchanges investigation={value} />}
        </>
      )}
    </main>
  );
}

/** Which model and which suspect, by their names. */
function Parties({
  investigation: { model, suspect },
}: {
  readonly investigation: Investigation;
}): JSX.Element {
  const client = useClient();
  const owned = useLoaded(model, (signal) => client.get<Model>(`/models/${model}`, signal)).value;
  const asked = useLoaded(suspect, (signal) => client.get<Suspect>(`/suspects/${suspect}`, signal)).value;
  return (
    <>
      Is <a href={`/suspects/${suspect}`}>{asked?.name ?? "the suspect"}</a> a copy of{" "}
      <a href={`/models/${model}`}>{owned?.name ?? "the model"}</a>?
    </>
  );
}

function Plan({ investigation }: { readonly investigation: Investigation }): JSX.Element {
  const { budget, level, rate, perDay, earlyStop, order, created, started, finished } = investigation;
  return (
    <Facts
      facts={[
        ["Questions at most", formatNumber(budget)],
        ["Which inputs first", orderName(order)],
        ["Level", formatLevel(level)],
        ["Pace", `${counted(rate, "request")} a second at most`],
        ["A day", perDay === null ? "no limit" : `${counted(perDay, "question")} at most`],
        ["Stops early", earlyStop ? "as soon as the evidence suffices" : "no"],
        ["Made", formatTime(created)],
        ["Started", started === null ? null : formatTime(started)],
        ["Finished", finished === null ? null : formatTime(finished)],
      ]}
    />
  );
}
