import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { MadeOwnerKey, NewOwnerKey } from "../../../../src/shapes/access.js";
import type { Upload } from "../../../../src/shapes/common.js";
import { useAction } from "../../api/use-action.js";
import { useClient } from "../../session.js";
import { TextField } from "../../ui/field.js";
import { KeyFileFields } from "../../ui/key-file-fields.js";
import { ProblemNotice } from "../../ui/problem-notice.js";

/** Gives the service a key file, for models that were registered without it. */
export function AddOwnerKey({ onAdded }: { readonly onAdded: () => void }): JSX.Element {
  const client = useClient();
  const { busy, error, run } = useAction();
  const [name, setName] = useState("");
  const [passphrase, setPassphrase] = useState("");
  const [upload, setUpload] = useState<Upload | null>(null);
  const add = (file: Upload): void =>
    run(async () => {
      const asked: NewOwnerKey = {
        name,
        kind: "uploaded",
        upload: file.id,
        passphrase: passphrase === "" ? null : passphrase,
      };
      await client.post<MadeOwnerKey>("/owner-keys", asked);
      setName("");
      setPassphrase("");
      setUpload(null);
      onAdded();
    });
  return (
    <details class="card">
      <summary>Give the service a key</summary>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (upload !== null) add(upload);
        }}
      >
        <TextField label="Name of the key" required maxLength={200} value={name} onValue={setName} />
        <KeyFileFields
          passphrase={passphrase}
          onPassphrase={setPassphrase}
          upload={upload}
          onUpload={setUpload}
        />
        <ProblemNotice error={error} />
        <button type="submit" aria-busy={busy} disabled={upload === null}>
          Add the key
        </button>
      </form>
    </details>
  );
}
