import type { JSX } from "preact";
import type { SignIn } from "../../../src/shapes/access.js";
import { Dialog } from "../ui/dialog.js";
import { SignInForm } from "./sign-in-form.js";

/** Over the page, so that what was typed there stays. */
export function SignInDialog({
  name,
  onSignIn,
  onLeave,
}: {
  readonly name: string;
  readonly onSignIn: (how: SignIn) => Promise<void>;
  readonly onLeave: () => void;
}): JSX.Element {
  return (
    <Dialog title="Sign in again" onClose={onLeave}>
      <p>Your session has ended. What you typed is still here.</p>
      <SignInForm name={name} onSignIn={onSignIn} />
      <button type="button" class="secondary" onClick={onLeave}>
        Leave the page
      </button>
    </Dialog>
  );
}
