import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { Investigation } from "../../../../src/shapes/investigations.js";
import { API } from "../../api/client.js";
import { useAction } from "../../api/use-action.js";
import { useClient, useMay } from "../../session.js";
import { ProblemNotice } from "../../ui/problem-notice.js";
import { FileDrop } from "../../ui/file-drop.js";

/** The owner's half, where his key is kept out of the service: the sealed observation goes out, his evidence comes in. */
export function KeptOutKey({
  investigation: { id },
  onChange,
}: {
  readonly investigation: Investigation;
  readonly onChange: (investigation: Investigation) => void;
}): JSX.Element {
  const client = useClient();
  const may = useMay("investigator");
  const { busy, error, run } = useAction();
  const [file, setFile] = useState<File | null>(null);
  const [part, setPart] = useState(0);
  const give = (evidence: File): void =>
    run(async () => {
      const path = `/investigations/${id}/evidence`;
      onChange(
        await client.send<Investigation>({
          method: "PUT",
          path,
          file: evidence,
          type: "application/zip",
          onProgress: setPart,
        }),
      );
    });
  return (
    <section class="card">
      <h2>Your turn: open the key on your machine</h2>
      <ol>
        <li>
          <a href={`${API}/investigations/${id}/observation`} download={`observation-${id}.zip`}>
            Download the sealed observation
          </a>{" "}
          and unpack it into a folder <code>observation</code>.
        </li>
        <li>
          Where your key is, run
          <pre>
            indicia conclude observation --key owner.key --registration registration --out evidence.zip
          </pre>
        </li>
        <li>Upload the evidence that it made. The service checks it against what it sealed.</li>
      </ol>
      {may && (
        <>
          <FileDrop
            label="Evidence"
            help="The evidence.zip that indicia conclude made."
            accept=".zip"
            file={file === null ? null : { name: file.name, bytes: file.size }}
            onFile={setFile}
          />
          {busy && <progress aria-label="Upload of the evidence" value={part} max={1} />}
          <p role="status">{busy ? "The evidence is sent and checked…" : ""}</p>
          <ProblemNotice error={error} />
          <button
            type="button"
            disabled={file === null}
            aria-busy={busy}
            onClick={() => file !== null && give(file)}
          >
            Hand in the evidence
          </button>
        </>
      )}
    </section>
  );
}
