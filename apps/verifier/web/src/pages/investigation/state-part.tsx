import type { JSX } from "preact";
import type { Investigation, InvestigationState } from "../../../../src/shapes/investigations.js";
import type { Connection } from "../../api/follow.js";
import { useAction } from "../../api/use-action.js";
import { useClient, useMay } from "../../session.js";
import { Badge } from "../../ui/badge.js";
import { ConfirmButton } from "../../ui/confirm-button.js";
import { ProblemNotice, sentence } from "../../ui/problem-notice.js";
import { StepProgress } from "../../ui/progress.js";
import { counted, formatTime } from "../../words/format.js";
import { STATES } from "../../words/states.js";

type Control = "start" | "pause" | "resume" | "cancel";

/** What can be done in each state. */
const CONTROLS: Readonly<Record<InvestigationState, readonly Control[]>> = {
  draft: ["start", "cancel"],
  queued: ["pause", "cancel"],
  running: ["pause", "cancel"],
  paused: ["resume", "cancel"],
  "awaiting-key": ["cancel"],
  concluded: [],
  failed: ["resume"],
  cancelled: [],
};
const LABELS = { start: "Start", pause: "Pause", resume: "Resume" } as const;

/** Where it stands, why, and what can be done about it. */
export function StatePart({
  investigation,
  connection,
  onChange,
}: {
  readonly investigation: Investigation;
  readonly connection: Connection | null;
  readonly onChange: (investigation: Investigation) => void;
}): JSX.Element {
  const { state, step, reason, resumeAt, asked, lost } = investigation;
  const wording = STATES[state];
  return (
    <section class="card" aria-label="State">
      <p>
        <span aria-live="polite">
          <Badge wording={wording} />
        </span>{" "}
        {wording.meaning}
      </p>
      {reason !== null && (
        <div class={state === "failed" ? "notice bad" : "notice warn"}>
          <p>
            <strong>{sentence(reason.message)}</strong>
          </p>
          <p>{reason.hint}</p>
          <p class="aside">
            Code <code>{reason.code}</code>
          </p>
        </div>
      )}
      {resumeAt !== null && <p>It goes on by itself on {formatTime(resumeAt)}.</p>}
      {step !== null && ["running", "queued", "paused"].includes(state) && (
        <StepProgress step={step} label="Progress of the investigation" />
      )}
      <p>
        {counted(asked, "question")} asked,{" "}
        {lost === 0 ? "none without an answer" : `${counted(lost, "of them", "of them")} without an answer`}.
      </p>
      {connection !== null && connection !== "open" && (
        <p class="aside" role="status">
          {connection === "waiting"
            ? "The live connection was interrupted; trying again."
            : "Connecting for live progress."}
        </p>
      )}
      <Controls investigation={investigation} onChange={onChange} />
    </section>
  );
}

function Controls({
  investigation: { id, state, name },
  onChange,
}: {
  readonly investigation: Investigation;
  readonly onChange: (investigation: Investigation) => void;
}): JSX.Element | null {
  const client = useClient();
  const { busy, error, run } = useAction();
  const may = useMay("investigator");
  const controls = CONTROLS[state];
  const order = (control: Control): void =>
    run(async () => {
      await client.post(`/investigations/${id}/${control}`);
      onChange(await client.get<Investigation>(`/investigations/${id}`));
    });
  if (!may || controls.length === 0) return null;
  return (
    <>
      <ProblemNotice error={error} />
      <div class="actions">
        {controls.map((control) =>
          control === "cancel" ? (
            <ConfirmButton
              key={control}
              label="Cancel"
              title={`Cancel ${name}?`}
              text="It cannot be resumed. What was recorded stays, and it counts among the examinations of the registration where anything was evaluated."
              action="Cancel the investigation"
              busy={busy}
              onConfirm={() => order("cancel")}
            />
          ) : (
            <button
              type="button"
              key={control}
              class={control === "pause" ? "secondary" : ""}
              aria-busy={busy}
              onClick={() => order(control)}
            >
              {LABELS[control]}
            </button>
          ),
        )}
      </div>
    </>
  );
}
