import type { JSX } from "preact";
import type { Overview } from "../../../src/shapes/investigations.js";
import { useLoaded } from "../api/use-loaded.js";
import { useRefresh } from "../api/use-refresh.js";
import { useClient, useMay } from "../session.js";
import { PageHeading } from "../ui/page-heading.js";
import { ProblemNotice } from "../ui/problem-notice.js";
import { StepProgress } from "../ui/progress.js";
import { Waiting } from "../ui/waiting.js";
import { isLive } from "../words/states.js";
import { FirstSteps } from "./first-steps.js";
import { InvestigationTable } from "./investigation-table.js";

/** How often the overview is asked again: others may begin something at any time. */
const REFRESH_MS = 3000;

export function DashboardPage(): JSX.Element {
  const client = useClient();
  const mayInvestigate = useMay("investigator");
  const { value, error, reload } = useLoaded("overview", (signal) =>
    client.get<Overview>("/overview", signal),
  );
  useRefresh(true, reload, REFRESH_MS);
  return (
    <main id="main">
      <PageHeading title="Overview" lead="What is registered, who is suspected, and what was found.">
        {mayInvestigate && value !== null && value.models > 0 && (
          <a class="button" href="/investigations/new">
            New investigation
          </a>
        )}
      </PageHeading>
      <ProblemNotice error={error} onRetry={reload} />
      {value === null ? error === null && <Waiting /> : <OverviewParts overview={value} />}
    </main>
  );
}

function OverviewParts({ overview }: { readonly overview: Overview }): JSX.Element {
  const { models, suspects, investigations, newest, version } = overview;
  const running = newest.filter(({ state }) => isLive(state));
  const total = Object.values(investigations).reduce((sum, count) => sum + count, 0);
  return (
    <>
      <dl class="tiles">
        {(
          [
            ["Models", models],
            ["Suspects", suspects],
            ["Running", investigations.running + investigations.queued],
            ["Paused", investigations.paused + investigations["awaiting-key"]],
            ["Concluded", investigations.concluded],
          ] as const
        ).map(([name, count]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{count}</dd>
          </div>
        ))}
      </dl>
      {total === 0 && <FirstSteps models={models} suspects={suspects} />}
      {running.length > 0 && (
        <section class="card">
          <h2>Running now</h2>
          {running.map(({ id, name, step }) => (
            <div key={id}>
              <h3>
                <a href={`/investigations/${id}`}>{name}</a>
              </h3>
              {step === null ? (
                <p class="aside">Waits for its turn.</p>
              ) : (
                <StepProgress step={step} label={`Progress of ${name}`} />
              )}
            </div>
          ))}
        </section>
      )}
      {newest.length > 0 && (
        <section class="card">
          <InvestigationTable caption="Newest investigations" items={newest} />
          <p>
            <a href="/investigations">All investigations</a>
          </p>
        </section>
      )}
      <p class="aside">Indicia {version}</p>
    </>
  );
}
