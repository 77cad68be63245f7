import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { ApiError } from "../api/api-error.js";
import { asApiError } from "../api/api-error.js";
import { useSession } from "../session.js";
import { PageHeading } from "../ui/page-heading.js";
import { ProblemNotice } from "../ui/problem-notice.js";
import { Waiting } from "../ui/waiting.js";
import { SignInForm } from "./sign-in-form.js";

/** The ticket of a link such as `/#ticket=…`. A fragment never leaves the browser, so no log holds it. */
function takeTicket(): string | null {
  const ticket = new URLSearchParams(location.hash.slice(1)).get("ticket");
  // It works once, and must not stay in the history.
  if (ticket !== null) history.replaceState(null, "", location.pathname + location.search);
  return ticket;
}

export function SignInPage(): JSX.Element {
  const { signIn } = useSession();
  const [ticket] = useState(takeTicket);
  const [using, setUsing] = useState(ticket !== null);
  const [error, setError] = useState<ApiError | null>(null);
  useEffect(() => {
    if (ticket === null) return;
    signIn({ ticket }).catch((thrown: unknown) => {
      setError(asApiError(thrown));
      setUsing(false);
    });
  }, []);
  return (
    <main id="main" class="narrow">
      <PageHeading
        title="Sign in"
        lead="Indicia finds out whether a model was copied, and shows how it knows."
      />
      {using ? <Waiting text="Signing in" /> : <SignInForm name="" onSignIn={signIn} />}
      <ProblemNotice error={error} />
      <p class="aside">
        Evidence can be <a href="/verify">checked without signing in</a>.
      </p>
    </main>
  );
}
