import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { MadeOwnerKey, OwnerKey } from "../../../../src/shapes/access.js";
import type { Upload } from "../../../../src/shapes/common.js";
import { useAction } from "../../api/use-action.js";
import { useLoaded } from "../../api/use-loaded.js";
import { readAll } from "../../api/use-pages.js";
import { useClient } from "../../session.js";
import { Choice, RadioGroup } from "../../ui/field.js";
import { KeyFileFields } from "../../ui/key-file-fields.js";
import { ProblemNotice } from "../../ui/problem-notice.js";
import { saveAs } from "../../ui/save-as.js";
import { UploadField } from "../../ui/upload-field.js";
import { underFreeName } from "./free-name.js";
import type { StepProps } from "./new-model.js";

export function KeyStep({ draft, change }: StepProps): JSX.Element {
  return (
    <>
      <p>
        The owner key draws the pattern that marks the model. Whoever has it can find the mark, and nobody can
        claim the model without it.
      </p>
      <RadioGroup
        legend="Where does the owner key come from?"
        value={draft.keyKind}
        onValue={(keyKind) => change({ keyKind, ownerKey: null })}
        options={[
          {
            value: "drawn",
            label: "Draw a new one here",
            help: "The service keeps it sealed, and gives you the key file once.",
          },
          { value: "uploaded", label: "Upload a key file", help: "One that you drew with indicia key new." },
          { value: "stored", label: "Use one that the service keeps", help: "Of another model of yours." },
          {
            value: "kept-out",
            label: "Keep it out of the service",
            help: "You register on your own machine with indicia register, and upload the registration. The service asks; you draw the conclusion.",
          },
        ]}
      />
      {draft.keyKind === "drawn" && <DrawnKey draft={draft} change={change} />}
      {draft.keyKind === "uploaded" && <UploadedKey draft={draft} change={change} />}
      {draft.keyKind === "stored" && <StoredKey draft={draft} change={change} />}
      {draft.keyKind === "kept-out" && (
        <UploadField
          label="Registration"
          help="A zip of the folder that indicia register made."
          accept=".zip"
          upload={draft.folder}
          onUpload={(folder) => change({ folder })}
        />
      )}
    </>
  );
}

function DrawnKey({ draft, change }: StepProps): JSX.Element {
  const client = useClient();
  const { busy, error, run } = useAction();
  const draw = (): void =>
    run(async () => {
      const made = await underFreeName(`Key of ${draft.name}`, (name) =>
        client.post<MadeOwnerKey>("/owner-keys", { name, kind: "drawn" }),
      );
      if (made.file !== null) saveAs("owner.key", made.file);
      change({ ownerKey: made.id });
    });
  return (
    <>
      {draft.ownerKey === null ? (
        <button type="button" class="secondary" aria-busy={busy} onClick={draw}>
          Draw the key and download it
        </button>
      ) : (
        <div class="notice warn" role="status">
          <p>
            <strong>The key was drawn, and owner.key was downloaded.</strong>
          </p>
          <p>
            Keep it and a copy where only you can read them: <code>chmod 600 owner.key</code>. It is not
            handed out again, and without it nothing can be concluded elsewhere.
          </p>
        </div>
      )}
      <ProblemNotice error={error} />
    </>
  );
}

function UploadedKey({ draft, change }: StepProps): JSX.Element {
  const client = useClient();
  const { busy, error, run } = useAction();
  const [upload, setUpload] = useState<Upload | null>(null);
  const [passphrase, setPassphrase] = useState("");
  const keep = (file: Upload): void =>
    run(async () => {
      const key = { kind: "uploaded", upload: file.id, passphrase: passphrase === "" ? null : passphrase };
      const made = await underFreeName(`Key of ${draft.name}`, (name) =>
        client.post<MadeOwnerKey>("/owner-keys", { name, ...key }),
      );
      change({ ownerKey: made.id });
    });
  if (draft.ownerKey !== null)
    return (
      <div class="notice good" role="status">
        <p>The key is in the service, sealed.</p>
      </div>
    );
  return (
    <>
      <KeyFileFields
        passphrase={passphrase}
        onPassphrase={setPassphrase}
        upload={upload}
        onUpload={setUpload}
      />
      {upload !== null && (
        <button type="button" class="secondary" aria-busy={busy} onClick={() => keep(upload)}>
          Give the key to the service
        </button>
      )}
      <ProblemNotice error={error} />
    </>
  );
}

function StoredKey({ draft, change }: StepProps): JSX.Element {
  const client = useClient();
  const { value, error, reload } = useLoaded("owner-keys", (signal) =>
    readAll<OwnerKey>(client, "/owner-keys", signal),
  );
  if (error !== null) return <ProblemNotice error={error} onRetry={reload} />;
  if (value?.length === 0) return <p class="empty">The service keeps no owner key yet.</p>;
  return (
    <Choice
      label="Owner key"
      value={draft.ownerKey ?? ""}
      onValue={(id) => change({ ownerKey: id === "" ? null : id })}
      options={[["", "Choose one"], ...(value ?? []).map(({ id, name }) => [id, name] as const)]}
    />
  );
}
