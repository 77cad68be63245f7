import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { Model, ModelCopy } from "../../../src/shapes/models.js";
import { API } from "../api/client.js";
import { useAction } from "../api/use-action.js";
import { usePages } from "../api/use-pages.js";
import { useRefresh } from "../api/use-refresh.js";
import { useClient, useMay } from "../session.js";
import { Badge } from "../ui/badge.js";
import { TextField } from "../ui/field.js";
import { PagedTable } from "../ui/list-page.js";
import { ProblemNotice, sentence } from "../ui/problem-notice.js";
import { counted, formatNumber, formatTime } from "../words/format.js";
import type { Wording } from "../words/states.js";

const STATES: Readonly<Record<ModelCopy["state"], Pick<Wording, "label" | "tone">>> = {
  marking: { label: "Being marked", tone: "busy" },
  ready: { label: "Ready", tone: "good" },
  failed: { label: "Failed", tone: "bad" },
};
const REFRESH_MS = 1000;

/** The copies that are released: what is given out carries the mark, the unmarked model stays here. */
export function ModelCopies({ model }: { readonly model: Model }): JSX.Element {
  const pages = usePages<ModelCopy>(useClient(), `/models/${model.id}/copies`);
  const may = useMay("investigator");
  const marking = pages.items.some(({ state }) => state === "marking");
  const { reload } = pages;
  useRefresh(marking, reload, REFRESH_MS);
  return (
    <section class="card">
      <h2>Marked copies</h2>
      <p>Release these, and keep the unmarked model to yourself.</p>
      <PagedTable
        pages={pages}
        caption="Marked copies"
        hideCaption
        rowKey={({ id }) => id}
        empty="No copy was marked here yet."
        columns={[
          { title: "Copy", cell: ({ name }) => name },
          {
            title: "State",
            cell: ({ state, error, marked }) => (
              <>
                <Badge wording={STATES[state]} />
                {error !== null && ` ${sentence(error.message)} ${error.hint}`}
                {marked?.notes.map((note) => ` ${sentence(note)}`)}
              </>
            ),
          },
          { title: "Marked", cell: ({ created }) => formatTime(created) },
          { title: "Labels that the mark changes", cell: ({ marked }) => changes(marked) },
          {
            title: "File",
            cell: ({ id, name, state }) =>
              state === "ready" && may ? (
                <a href={`${API}/models/${model.id}/copies/${id}/file`} download>
                  Download {name}
                </a>
              ) : (
                "not ready"
              ),
          },
        ]}
      />
      {may && model.ownerKey !== null && <NewCopyForm model={model} onMade={reload} />}
      {model.ownerKey === null && (
        <p class="help">
          The owner key is kept out of the service: mark copies where it is, with indicia mark.
        </p>
      )}
    </section>
  );
}

function changes(marked: ModelCopy["marked"]): string {
  if (marked === null) return "not known yet";
  const { labelsChanged, rows, labelsChangedUpper95 } = marked;
  const most = (100 * labelsChangedUpper95).toFixed(2);
  return `${formatNumber(labelsChanged)} of ${counted(rows, "row")} (at most ${most} % with 95 % confidence)`;
}

function NewCopyForm({ model, onMade }: { readonly model: Model; readonly onMade: () => void }): JSX.Element {
  const client = useClient();
  const { busy, error, run } = useAction();
  const [name, setName] = useState("");
  const [payload, setPayload] = useState("");
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        run(async () => {
          await client.post<ModelCopy>(`/models/${model.id}/copies`, {
            ...(name.trim() === "" ? {} : { name: name.trim() }),
            ...(payload.trim() === "" ? {} : { payload: payload.trim() }),
          });
          setName("");
          setPayload("");
          onMade();
        });
      }}
    >
      <h3>Mark a copy</h3>
      <div class="row">
        <TextField
          label="Name of the copy"
          help="Such as Release 2, or whom it is for."
          maxLength={200}
          value={name}
          onValue={setName}
        />
        <TextField
          label="Text in the mark"
          help="At most 32 letters. Left empty, the registered one."
          maxLength={32}
          value={payload}
          onValue={setPayload}
        />
      </div>
      <ProblemNotice error={error} />
      <button type="submit" aria-busy={busy}>
        Mark a copy
      </button>
    </form>
  );
}
