import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { Suspect, SuspectChange } from "../../../src/shapes/suspects.js";
import { useAction } from "../api/use-action.js";
import { useClient } from "../session.js";
import { TextArea, TextField } from "../ui/field.js";
import { ProblemNotice } from "../ui/problem-notice.js";
import { readHeaders } from "./new-suspect/read-settings.js";

/** What of a suspect can be changed; another address is another suspect. */
export function EditSuspect({
  suspect,
  onChange,
}: {
  readonly suspect: Suspect;
  readonly onChange: (suspect: Suspect) => void;
}): JSX.Element {
  const client = useClient();
  const { busy, error, run } = useAction();
  const [name, setName] = useState(suspect.name);
  const [notes, setNotes] = useState(suspect.notes);
  const [rate, setRate] = useState(String(suspect.rate));
  const [lines, setLines] = useState("");
  const [done, setDone] = useState(false);
  const headers = readHeaders(lines);
  const isEndpoint = suspect.target.kind === "endpoint";
  const save = (): void => {
    if (typeof headers === "string") return;
    setDone(false);
    run(async () => {
      const change: SuspectChange = {
        name,
        notes,
        rate: Number(rate),
        ...(lines.trim() === "" ? {} : { headers }),
      };
      onChange(await client.patch<Suspect>(`/suspects/${suspect.id}`, change));
      setLines("");
      setDone(true);
    });
  };
  return (
    <details class="card">
      <summary>Change name, notes{isEndpoint && ", pace or secret headers"}</summary>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          save();
        }}
      >
        <TextField label="Name" required maxLength={200} value={name} onValue={setName} />
        <TextArea label="Notes" value={notes} onValue={setNotes} />
        {isEndpoint && (
          <>
            <TextField
              label="Requests per second at most"
              type="number"
              min="0.01"
              max="10000"
              step="any"
              required
              value={rate}
              onValue={setRate}
            />
            <TextArea
              label="New secret headers"
              help="They replace all of those that are set. Left empty, these stay."
              error={typeof headers === "string" ? headers : null}
              value={lines}
              onValue={setLines}
            />
          </>
        )}
        <ProblemNotice error={error} />
        <p role="status">{done ? "It was changed." : ""}</p>
        <button type="submit" aria-busy={busy}>
          Save
        </button>
      </form>
    </details>
  );
}
