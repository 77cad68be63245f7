import { useLocation, useRoute } from "preact-iso";
import type { JSX } from "preact";
import type { Suspect, SuspectHistory } from "../../../src/shapes/suspects.js";
import { useAction } from "../api/use-action.js";
import { useLoaded } from "../api/use-loaded.js";
import { HistoryChart } from "../charts/history-chart.js";
import { useClient, useMay } from "../session.js";
import { Badge } from "../ui/badge.js";
import { ConfirmButton } from "../ui/confirm-button.js";
import { Facts } from "../ui/facts.js";
import { PageHeading } from "../ui/page-heading.js";
import { ProblemNotice } from "../ui/problem-notice.js";
import { Table } from "../ui/table.js";
import { Waiting } from "../ui/waiting.js";
import { counted, formatBytes, formatNumber, formatTime, oddsOf } from "../words/format.js";
import { VERDICTS } from "../words/states.js";
import { EditSuspect } from "./edit-suspect.js";
import { InspectionParts } from "./inspection.js";
import { TestConnection } from "./test-connection.js";

export function SuspectPage(): JSX.Element {
  const { params } = useRoute();
  const id = params["id"] ?? "";
  const client = useClient();
  const { route } = useLocation();
  const suspect = useLoaded(id, (signal) => client.get<Suspect>(`/suspects/${id}`, signal));
  const { busy, error, run } = useAction();
  const mayInvestigate = useMay("investigator");
  const { value } = suspect;
  const inspect = (model: string): void =>
    run(async () => {
      await client.post(`/suspects/${id}/inspect`, model === "" ? {} : { model });
      suspect.replace(await client.get<Suspect>(`/suspects/${id}`));
    });
  return (
    <main id="main">
      <PageHeading title={value?.name ?? "Suspect"} lead={value?.notes}>
        {mayInvestigate && value !== null && (
          <>
            <a class="button" href={`/investigations/new?suspect=${id}`}>
              Investigate
            </a>
            <ConfirmButton
              label="Remove"
              title={`Remove ${value.name}?`}
              text="Its address and its secrets are deleted. Investigations that used it stay."
              action="Remove"
              busy={busy}
              onConfirm={() =>
                run(async () => {
                  await client.remove(`/suspects/${id}`);
                  route("/suspects");
                })
              }
            />
          </>
        )}
      </PageHeading>
      <ProblemNotice error={suspect.error} onRetry={suspect.reload} />
      <ProblemNotice error={error} />
      {value === null ? (
        suspect.error === null && <Waiting />
      ) : (
        <>
          <div class="columns">
            <Target suspect={value} />
            <section class="card">
              <h2>What it reveals</h2>
              {value.inspection === null ? (
                <p class="empty">
                  It was not tested yet. A test asks a few questions and counts as no examination.
                </p>
              ) : (
                <InspectionParts inspection={value.inspection} />
              )}
              {mayInvestigate && <TestConnection busy={busy} onTest={inspect} />}
              <p class="unseen" role="status">
                {busy ? "Testing the connection" : ""}
              </p>
            </section>
          </div>
          <History id={id} />
          {mayInvestigate && <EditSuspect suspect={value} onChange={suspect.replace} />}
        </>
      )}
    </main>
  );
}

function Target({ suspect: { target, rate, created } }: { readonly suspect: Suspect }): JSX.Element {
  return (
    <section class="card">
      <h2>{target.kind === "endpoint" ? "Service" : "File"}</h2>
      <Facts
        facts={[
          ...(target.kind === "endpoint"
            ? ([
                ["Address", <code>{target.url}</code>],
                ["Protocol", target.protocol],
                ["Name of its model", target.model],
                ["Secret headers", target.headers.length === 0 ? "none" : target.headers.join(", ")],
                ["Other secrets", (target.secrets ?? []).length === 0 ? null : target.secrets?.join(", ")],
                ["In one's own network", target.allowPrivate ? "allowed" : "refused"],
                ["Asked at most", `${counted(rate, "request")} a second`],
                [
                  "Settings",
                  Object.keys(target.options).length === 0 ? null : (
                    <code>{JSON.stringify(target.options)}</code>
                  ),
                ],
              ] as const)
            : ([
                ["Name", target.name],
                ["Size", formatBytes(target.bytes)],
                ["Looked at", target.protocol === "onnx" ? "its weights" : "its answers only"],
                ["SHA-256", <code>{target.sha256}</code>],
              ] as const)),
          ["Added", formatTime(created)],
        ]}
      />
    </section>
  );
}

function History({ id }: { readonly id: string }): JSX.Element {
  const client = useClient();
  const { value, error, reload } = useLoaded(id, (signal) =>
    client.get<SuspectHistory>(`/suspects/${id}/history`, signal),
  );
  return (
    <section class="card">
      <h2>Over time</h2>
      <ProblemNotice error={error} onRetry={reload} />
      {value !== null && (
        <>
          <HistoryChart items={value.items} />
          <Table
            caption="Investigations of this suspect, oldest first"
            hideCaption
            rows={value.items}
            rowKey={({ investigation }) => investigation}
            empty="It was not investigated yet."
            columns={[
              {
                title: "Finished",
                cell: ({ investigation, finished }) => (
                  <a href={`/investigations/${investigation}`}>{formatTime(finished)}</a>
                ),
              },
              {
                title: "Verdict",
                cell: ({ verdict }) => (verdict === null ? "none" : <Badge wording={VERDICTS[verdict]} />),
              },
              { title: "Answers", numeric: true, cell: ({ probes }) => formatNumber(probes) },
              { title: "Statistic T", numeric: true, cell: ({ T }) => T?.toFixed(2) ?? "none" },
              {
                title: "Chance",
                numeric: true,
                cell: ({ log10P }) => (log10P === null ? "none" : oddsOf(log10P)),
              },
            ]}
          />
        </>
      )}
    </section>
  );
}
