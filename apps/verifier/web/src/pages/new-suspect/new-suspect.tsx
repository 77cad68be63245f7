import { useLocation } from "preact-iso";
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { Upload } from "../../../../src/shapes/common.js";
import type { NewSuspect, Suspect } from "../../../../src/shapes/suspects.js";
import { useAction } from "../../api/use-action.js";
import { useClient, useMay } from "../../session.js";
import { Choice, RadioGroup, TextArea, TextField, Tick } from "../../ui/field.js";
import { PageHeading } from "../../ui/page-heading.js";
import { ProblemNotice } from "../../ui/problem-notice.js";
import { UploadField } from "../../ui/upload-field.js";
import { PROTOCOLS } from "./protocols.js";
import { readHeaders, readSettings } from "./read-settings.js";

interface Draft {
  readonly kind: "endpoint" | "file";
  readonly name: string;
  readonly notes: string;
  readonly protocol: string;
  readonly url: string;
  readonly model: string;
  readonly settings: string;
  readonly headers: string;
  /** By their names. */
  readonly secrets: Readonly<Record<string, string>>;
  readonly allowPrivate: boolean;
  readonly rate: string;
  readonly look: "onnx" | "onnx-black-box";
  readonly upload: Upload | null;
}

const EMPTY: Draft = {
  kind: "endpoint",
  name: "",
  notes: "",
  protocol: "oip",
  url: "",
  model: "",
  settings: "",
  headers: "",
  secrets: {},
  allowPrivate: false,
  rate: "20",
  look: "onnx",
  upload: null,
};

export function NewSuspectPage(): JSX.Element {
  const client = useClient();
  const { route } = useLocation();
  const { busy, error, run } = useAction();
  const [draft, setDraft] = useState<Draft>(EMPTY);
  const [told, setTold] = useState(false);
  const change = (part: Partial<Draft>): void => {
    setTold(false);
    setDraft((before) => ({ ...before, ...part }));
  };
  const settings = readSettings(draft.settings);
  const headers = readHeaders(draft.headers);
  const suspect = newSuspect(draft, settings, headers);
  return (
    <main id="main">
      <PageHeading
        title="Add a suspect"
        lead="Nothing is asked before you test the connection or investigate."
      />
      <form
        class="card"
        onSubmit={(event) => {
          event.preventDefault();
          if (suspect === null) {
            setTold(true);
            return;
          }
          run(async () => {
            const made = await client.post<Suspect>("/suspects", suspect);
            route(`/suspects/${made.id}`);
          });
        }}
      >
        <TextField
          label="Name"
          help="As you want to find it again."
          required
          maxLength={200}
          value={draft.name}
          onValue={(name) => change({ name })}
        />
        <RadioGroup
          legend="What is it?"
          value={draft.kind}
          onValue={(kind) => change({ kind })}
          options={[
            {
              value: "endpoint",
              label: "A service",
              help: "It answers at an address. It is asked questions.",
            },
            { value: "file", label: "A file", help: "An .onnx file that you hold." },
          ]}
        />
        {draft.kind === "endpoint" ? (
          <EndpointFields
            draft={draft}
            change={change}
            settingsError={typeof settings === "string" ? settings : null}
            headersError={typeof headers === "string" ? headers : null}
          />
        ) : (
          <FileFields draft={draft} change={change} />
        )}
        <TextArea label="Notes" value={draft.notes} onValue={(notes) => change({ notes })} />
        <ProblemNotice error={error} />
        {told && (
          <p class="wrong" role="alert">
            {draft.kind === "file" && draft.upload === null
              ? "Upload the file first."
              : "Something is missing or not as it should be. Look at what stands under the fields."}
          </p>
        )}
        <button type="submit" aria-busy={busy}>
          Add the suspect
        </button>
      </form>
    </main>
  );
}

interface PartProps {
  readonly draft: Draft;
  readonly change: (part: Partial<Draft>) => void;
}

function EndpointFields({
  draft,
  change,
  settingsError,
  headersError,
}: PartProps & { readonly settingsError: string | null; readonly headersError: string | null }): JSX.Element {
  const isAdmin = useMay("admin");
  const protocol = PROTOCOLS.find(({ name }) => name === draft.protocol);
  return (
    <>
      <Choice
        label="Protocol"
        help={protocol?.help ?? ""}
        value={draft.protocol}
        onValue={(name) =>
          change({ protocol: name, settings: PROTOCOLS.find((each) => each.name === name)?.settings ?? "" })
        }
        options={PROTOCOLS.map(({ name, label }) => [name, label] as const)}
      />
      <TextField
        label="Address"
        help={`Such as ${protocol?.address ?? ""}`}
        type="url"
        required
        spellcheck={false}
        value={draft.url}
        onValue={(url) => change({ url })}
      />
      {protocol?.model !== null && (
        <TextField
          label={protocol?.model ?? "Name of the model"}
          spellcheck={false}
          value={draft.model}
          onValue={(model) => change({ model })}
        />
      )}
      {(protocol?.settings ?? null) !== null && (
        <TextArea
          label="Settings of the protocol (JSON)"
          rows={6}
          error={settingsError}
          value={draft.settings}
          onValue={(text) => change({ settings: text })}
        />
      )}
      {protocol?.secrets?.map(({ name, label, needed }) => (
        <TextField
          key={name}
          label={label}
          type="password"
          autocomplete="off"
          required={needed}
          value={draft.secrets[name] ?? ""}
          onValue={(value) => change({ secrets: { ...draft.secrets, [name]: value } })}
        />
      ))}
      <TextArea
        label="Secret headers"
        help="Sent with every request, such as Authorization: Bearer …, one a line. They are stored sealed and are never shown again."
        error={headersError}
        value={draft.headers}
        onValue={(text) => change({ headers: text })}
      />
      <TextField
        label="Requests per second at most"
        help="All investigations together keep to it."
        type="number"
        min="0.01"
        max="10000"
        step="any"
        required
        value={draft.rate}
        onValue={(rate) => change({ rate })}
      />
      {isAdmin && (
        <Tick
          label="It lies in our own network"
          help="Without this, addresses of private networks and of this machine are refused."
          checked={draft.allowPrivate}
          onChecked={(allowPrivate) => change({ allowPrivate })}
        />
      )}
    </>
  );
}

function FileFields({ draft, change }: PartProps): JSX.Element {
  return (
    <>
      <UploadField
        label="Suspected file"
        help="An .onnx file, as you found it, or a zip of it and its external data."
        accept=".onnx,.zip"
        upload={draft.upload}
        onUpload={(upload) => change({ upload })}
      />
      <RadioGroup
        legend="How is it examined?"
        value={draft.look}
        onValue={(look) => change({ look })}
        options={[
          {
            value: "onnx",
            label: "Look at its weights",
            help: "Strongest and quickest, where the file was copied.",
          },
          {
            value: "onnx-black-box",
            label: "Only ask it",
            help: "As if it were a service. It also finds models that were trained on your answers.",
          },
        ]}
      />
    </>
  );
}

/** Null while something is missing or wrong. */
function newSuspect(
  draft: Draft,
  settings: ReturnType<typeof readSettings>,
  headers: ReturnType<typeof readHeaders>,
): NewSuspect | null {
  const { name, notes, protocol, url, model, allowPrivate, upload, look } = draft;
  const rate = Number(draft.rate);
  if (name.trim() === "") return null;
  if (draft.kind === "file")
    return upload === null
      ? null
      : { name, notes, target: { kind: "file", protocol: look, upload: upload.id } };
  if (typeof settings === "string" || typeof headers === "string" || url === "" || !(rate > 0)) return null;
  const wording = PROTOCOLS.find((each) => each.name === protocol);
  const wanted = wording?.secrets ?? [];
  const given = wanted.map(({ name: each }) => [each, draft.secrets[each]?.trim() ?? ""] as const);
  const secrets = Object.fromEntries(given.filter(([, value]) => value !== ""));
  if (wanted.some(({ name: each, needed }) => needed && !(each in secrets))) return null;
  return {
    name,
    notes,
    rate,
    target: {
      kind: "endpoint",
      protocol,
      url,
      model: wording?.model === null || model.trim() === "" ? null : model.trim(),
      options: settings,
      headers,
      ...(wanted.length === 0 ? {} : { secrets }),
      allowPrivate,
    },
  };
}
