import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { Role, User } from "../../../../src/shapes/access.js";
import { useAction } from "../../api/use-action.js";
import { usePages } from "../../api/use-pages.js";
import { useSession } from "../../session.js";
import { Choice, TextField } from "../../ui/field.js";
import { PagedTable } from "../../ui/list-page.js";
import { ProblemNotice } from "../../ui/problem-notice.js";
import { formatTime } from "../../words/format.js";
import { ROLES } from "./roles.js";

export function UsersPart(): JSX.Element {
  const { client, me } = useSession();
  const pages = usePages<User>(client, "/users");
  const { busy, error, run } = useAction();
  const change = (user: User, part: { readonly role?: Role; readonly disabled?: boolean }): void =>
    run(async () => {
      await client.patch(`/users/${user.id}`, part);
      pages.reload();
    });
  return (
    <>
      <section class="card">
        <ProblemNotice error={error} />
        <PagedTable
          pages={pages}
          caption="People"
          rowKey={({ id }) => id}
          empty="Nobody."
          columns={[
            { title: "Name", cell: ({ name }) => name },
            {
              title: "Role",
              cell: (user) => (
                <select
                  aria-label={`Role of ${user.name}`}
                  value={user.role}
                  disabled={busy || user.id === me?.user.id}
                  onChange={(event) => {
                    const role = ROLES.find(([each]) => each === event.currentTarget.value)?.[0];
                    if (role !== undefined) change(user, { role });
                  }}
                >
                  {ROLES.map(([role]) => (
                    <option key={role} value={role}>
                      {role}
                    </option>
                  ))}
                </select>
              ),
            },
            { title: "Since", cell: ({ created }) => formatTime(created) },
            {
              title: "Access",
              cell: (user) => (
                <button
                  type="button"
                  class="secondary"
                  disabled={busy || user.id === me?.user.id}
                  onClick={() => change(user, { disabled: !user.disabled })}
                >
                  {user.disabled ? `Let ${user.name} in again` : `Lock ${user.name} out`}
                </button>
              ),
            },
          ]}
        />
      </section>
      <NewUserForm onMade={pages.reload} />
    </>
  );
}

function NewUserForm({ onMade }: { readonly onMade: () => void }): JSX.Element {
  const { client } = useSession();
  const { busy, error, run } = useAction();
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const [role, setRole] = useState<Role>("investigator");
  return (
    <form
      class="card"
      onSubmit={(event) => {
        event.preventDefault();
        run(async () => {
          await client.post("/users", { name, password, role });
          setName("");
          setPassword("");
          onMade();
        });
      }}
    >
      <h2>Add somebody</h2>
      <div class="row">
        <TextField label="Name" required maxLength={100} autocomplete="off" value={name} onValue={setName} />
        <TextField
          label="First password"
          help="At least 15 characters, to be changed after signing in."
          type="password"
          autocomplete="new-password"
          required
          minLength={15}
          value={password}
          onValue={setPassword}
        />
        <Choice label="Role" value={role} onValue={setRole} options={ROLES} />
      </div>
      <ProblemNotice error={error} />
      <button type="submit" aria-busy={busy}>
        Add
      </button>
    </form>
  );
}
