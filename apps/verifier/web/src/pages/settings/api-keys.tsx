import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { ApiKey, MadeApiKey, Role } from "../../../../src/shapes/access.js";
import { useAction } from "../../api/use-action.js";
import { usePages } from "../../api/use-pages.js";
import { useSession } from "../../session.js";
import { ConfirmButton } from "../../ui/confirm-button.js";
import { Choice, TextField } from "../../ui/field.js";
import { PagedTable } from "../../ui/list-page.js";
import { ProblemNotice } from "../../ui/problem-notice.js";
import { formatTime } from "../../words/format.js";
import { ROLES } from "./roles.js";

export function ApiKeysPart(): JSX.Element {
  const { client } = useSession();
  const pages = usePages<ApiKey>(client, "/keys");
  const { busy, error, run } = useAction();
  return (
    <>
      <section class="card">
        <ProblemNotice error={error} />
        <PagedTable
          pages={pages}
          caption="API keys"
          rowKey={({ id }) => id}
          empty="There are none yet."
          columns={[
            { title: "Name", cell: ({ name }) => name },
            { title: "Begins with", cell: ({ prefix }) => <code>{prefix}</code> },
            { title: "Role", cell: ({ role }) => role },
            {
              title: "Last used",
              cell: ({ lastUsed }) => (lastUsed === null ? "never" : formatTime(lastUsed)),
            },
            { title: "Ends", cell: ({ expires }) => (expires === null ? "never" : formatTime(expires)) },
            {
              title: "Revoke",
              cell: ({ id, name }) => (
                <ConfirmButton
                  label={`Revoke ${name}`}
                  title={`Revoke ${name}?`}
                  text="Programs that use it are refused from then on."
                  action="Revoke the key"
                  busy={busy}
                  onConfirm={() =>
                    run(async () => {
                      await client.remove(`/keys/${id}`);
                      pages.reload();
                    })
                  }
                />
              ),
            },
          ]}
        />
      </section>
      <NewKeyForm onMade={pages.reload} />
    </>
  );
}

function NewKeyForm({ onMade }: { readonly onMade: () => void }): JSX.Element {
  const { client, me } = useSession();
  const { busy, error, run } = useAction();
  const [name, setName] = useState("");
  const [role, setRole] = useState<Role>("viewer");
  const [expires, setExpires] = useState("");
  const [made, setMade] = useState<MadeApiKey | null>(null);
  const own = ROLES.findIndex(([each]) => each === me?.user.role);
  return (
    <form
      class="card"
      onSubmit={(event) => {
        event.preventDefault();
        run(async () => {
          const ends = expires === "" ? null : new Date(`${expires}T23:59:59Z`).toISOString();
          setMade(await client.post<MadeApiKey>("/keys", { name, role, expires: ends }));
          setName("");
          onMade();
        });
      }}
    >
      <h2>Make an API key</h2>
      <div class="row">
        <TextField
          label="Name"
          help="What it is for."
          required
          maxLength={100}
          value={name}
          onValue={setName}
        />
        <Choice label="Role" value={role} onValue={setRole} options={ROLES.slice(0, own + 1)} />
        <TextField
          label="Last day"
          help="Left empty, it does not end."
          type="date"
          value={expires}
          onValue={setExpires}
        />
      </div>
      <ProblemNotice error={error} />
      {made !== null && (
        <div class="notice warn" role="status">
          <p>
            <strong>This is the only time that the key is shown. Copy it now.</strong>
          </p>
          <p>
            <code class="secret">{made.key}</code>
          </p>
        </div>
      )}
      <button type="submit" aria-busy={busy}>
        Make the key
      </button>
    </form>
  );
}
