import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { Upload } from "../../../../src/shapes/common.js";
import type { Investigation } from "../../../../src/shapes/investigations.js";
import { API } from "../../api/client.js";
import { useAction } from "../../api/use-action.js";
import { useClient, useMay } from "../../session.js";
import { ProblemNotice } from "../../ui/problem-notice.js";
import { UploadField } from "../../ui/upload-field.js";

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
  const [upload, setUpload] = useState<Upload | null>(null);
  const give = (evidence: Upload): void =>
    run(async () => {
      await client.post(`/investigations/${id}/evidence`, { upload: evidence.id });
      onChange(await client.get<Investigation>(`/investigations/${id}`));
    });
  return (
    <section class="card">
      <h2>Your turn: open the key on your machine</h2>
      <ol>
        <li>
          <a href={`${API}/investigations/${id}/observation`} download={`observation-${id}.zip`}>
            Download the sealed observation
          </a>{" "}
          and unpack it.
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
          <UploadField
            label="Evidence"
            help="The evidence.zip that indicia conclude made."
            accept=".zip"
            upload={upload}
            onUpload={setUpload}
          />
          <ProblemNotice error={error} />
          <button
            type="button"
            disabled={upload === null}
            aria-busy={busy}
            onClick={() => upload !== null && give(upload)}
          >
            Hand in the evidence
          </button>
        </>
      )}
    </section>
  );
}
