import { useRoute } from "preact-iso";
import type { JSX } from "preact";
import type { Model, RegistrationSummary } from "../../../src/shapes/models.js";
import { ApiError } from "../api/api-error.js";
import { API } from "../api/client.js";
import { useLoaded } from "../api/use-loaded.js";
import { useRefresh } from "../api/use-refresh.js";
import { useClient, useMay } from "../session.js";
import { Badge } from "../ui/badge.js";
import { Facts } from "../ui/facts.js";
import { PageHeading } from "../ui/page-heading.js";
import { ProblemNotice, sentence } from "../ui/problem-notice.js";
import { StepProgress } from "../ui/progress.js";
import { Waiting } from "../ui/waiting.js";
import { counted, formatBytes, formatLevel, formatNumber, formatTime } from "../words/format.js";
import { ModelCopies } from "./model-copies.js";
import { ModelKey } from "./model-key.js";
import { MODEL_STATES } from "./models.js";

const REFRESH_MS = 1000;

export function ModelPage(): JSX.Element {
  const { params } = useRoute();
  const id = params["id"] ?? "";
  const client = useClient();
  const { value, error, reload } = useLoaded(id, (signal) => client.get<Model>(`/models/${id}`, signal));
  const registering = value?.state === "registering";
  useRefresh(registering, reload, REFRESH_MS);
  const mayInvestigate = useMay("investigator");
  return (
    <main id="main">
      <PageHeading title={value?.name ?? "Model"} lead={value?.notes}>
        {value?.state === "ready" && mayInvestigate && (
          <a class="button" href={`/investigations/new?model=${id}`}>
            Investigate a suspect
          </a>
        )}
      </PageHeading>
      <ProblemNotice error={error} onRetry={reload} />
      {value === null ? error === null && <Waiting /> : <ModelParts model={value} onChange={reload} />}
    </main>
  );
}

function ModelParts({
  model,
  onChange,
}: {
  readonly model: Model;
  readonly onChange: () => void;
}): JSX.Element {
  const isAdmin = useMay("admin");
  const { id, state, step, error, registration, created, ownerKey } = model;
  return (
    <>
      <section class="card">
        <h2>
          Registration <Badge wording={MODEL_STATES[state]} />
        </h2>
        {state === "registering" && (
          <StepProgress
            step={step ?? { stage: "waiting for its turn", done: 0, total: 0 }}
            label="Progress of the registration"
          />
        )}
        {error !== null && (
          <ProblemNotice
            error={new ApiError({ code: error.code, detail: error.message, hint: error.hint, status: 0 })}
          />
        )}
        <Facts
          facts={[
            ["Made", formatTime(created)],
            ["Owner key", ownerKey === null ? "Kept out of the service" : "Kept in the service, sealed"],
            ["Owner", registration?.owner ?? null],
            ["Commitment", registration === null ? null : <code>{registration.commitment}</code>],
          ]}
        />
        {registration !== null && (
          <p>
            <a class="button secondary" href={`${API}/models/${id}/registration`} download>
              Download the registration
            </a>
          </p>
        )}
      </section>
      {registration !== null && <RegistrationParts registration={registration} />}
      {state === "ready" && <ModelCopies model={model} />}
      {state === "ready" && isAdmin && <ModelKey model={model} onChange={onChange} />}
    </>
  );
}

function RegistrationParts({ registration }: { readonly registration: RegistrationSummary }): JSX.Element {
  const {
    weights,
    readout,
    pool,
    shadows,
    level,
    timestamps,
    beacon,
    counted: count,
    standingReasons,
    reference,
  } = registration;
  return (
    <div class="columns">
      <section class="card">
        <h2>What is registered</h2>
        <Facts
          facts={[
            ["Unmarked model", formatBytes(reference.bytes)],
            ["Its SHA-256", <code>{reference.sha256}</code>],
            ["Mark in the weights", weights.refusal === null ? "Yes" : `No: ${weights.refusal}`],
            ["Mark in the answers", readout.refusal === null ? "Yes" : `No: ${readout.refusal}`],
            ["Labels", readout.classes === null ? null : formatNumber(readout.classes)],
            [
              "Inputs that may be asked",
              `${formatNumber(pool.rows)}${pool.random ? ", drawn at random" : ""}`,
            ],
            ["Shadow models", formatNumber(shadows)],
            ["Level", formatLevel(level)],
            ["Examinations counted", formatNumber(count)],
          ]}
        />
        <p class="help">
          Every examination under one registration counts, and each makes the next ones a little weaker.
        </p>
      </section>
      <section class="card">
        <h2>How evidence would stand</h2>
        {standingReasons.length === 0 ? (
          <div class="notice good">
            <p>
              <strong>Anchored.</strong> The order of events can be shown to others.
            </p>
          </div>
        ) : (
          <>
            <div class="notice warn">
              <p>
                <strong>Exploratory.</strong> The figures are right, but others have to take your word for the
                order of events:
              </p>
            </div>
            <ul>
              {standingReasons.map((reason) => (
                <li key={reason}>{sentence(reason)}</li>
              ))}
            </ul>
          </>
        )}
        <Facts
          facts={[
            ["Outside timestamps", counted(timestamps, "timestamp")],
            ["Public chance drawn in", beacon ? "Yes" : "No"],
          ]}
        />
      </section>
    </div>
  );
}
