import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { useAction } from "../../api/use-action.js";
import { useSession } from "../../session.js";
import { TextField } from "../../ui/field.js";
import { ProblemNotice } from "../../ui/problem-notice.js";

export function PasswordPart(): JSX.Element | null {
  const { client, me } = useSession();
  const { busy, error, run } = useAction();
  const [current, setCurrent] = useState("");
  const [password, setPassword] = useState("");
  const [again, setAgain] = useState("");
  const [done, setDone] = useState(false);
  if (me === null || me === undefined) return null;
  const differ = again !== "" && again !== password;
  return (
    <form
      class="card"
      onSubmit={(event) => {
        event.preventDefault();
        if (differ) return;
        setDone(false);
        run(async () => {
          await client.patch(`/users/${me.user.id}`, {
            ...(current === "" ? {} : { currentPassword: current }),
            password,
          });
          setCurrent("");
          setPassword("");
          setAgain("");
          setDone(true);
        });
      }}
    >
      <h2>Password of {me.user.name}</h2>
      <TextField
        label="Present password"
        type="password"
        autocomplete="current-password"
        help="Left empty by whoever has just signed in by a link."
        value={current}
        onValue={setCurrent}
      />
      <TextField
        label="New password"
        type="password"
        autocomplete="new-password"
        required
        minLength={15}
        help="At least 15 characters; several words are good."
        value={password}
        onValue={setPassword}
      />
      <TextField
        label="The same again"
        type="password"
        autocomplete="new-password"
        required
        value={again}
        onValue={setAgain}
        error={differ ? "The two differ." : null}
      />
      <ProblemNotice error={error} />
      <p role="status">{done ? "The password was changed." : ""}</p>
      <button type="submit" aria-busy={busy}>
        Change the password
      </button>
    </form>
  );
}
