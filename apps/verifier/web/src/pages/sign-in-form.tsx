import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { SignIn } from "../../../src/shapes/access.js";
import { useAction } from "../api/use-action.js";
import { TextField } from "../ui/field.js";
import { ProblemNotice } from "../ui/problem-notice.js";

export function SignInForm({
  name: first,
  onSignIn,
}: {
  readonly name: string;
  readonly onSignIn: (how: SignIn) => Promise<void>;
}): JSX.Element {
  const [name, setName] = useState(first);
  const [password, setPassword] = useState("");
  const { busy, error, run } = useAction();
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        run(() => onSignIn({ name, password }));
      }}
    >
      <TextField
        label="Name"
        autocomplete="username"
        required
        spellcheck={false}
        value={name}
        onValue={setName}
      />
      <TextField
        label="Password"
        type="password"
        autocomplete="current-password"
        required
        value={password}
        onValue={setPassword}
      />
      <ProblemNotice error={error} />
      <button type="submit" aria-busy={busy}>
        Sign in
      </button>
    </form>
  );
}
