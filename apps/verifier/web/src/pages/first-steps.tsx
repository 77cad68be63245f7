import type { JSX } from "preact";

/** What to do in an empty service, with what is done already. */
export function FirstSteps({
  models,
  suspects,
}: {
  readonly models: number;
  readonly suspects: number;
}): JSX.Element {
  return (
    <section class="card">
      <h2>First steps</h2>
      <ol>
        <li>
          <a href="/models/new">Register a model</a> before it is released{models > 0 && " (done)"}. The
          registration fixes what is claimed, and the marked copy is what you release.
        </li>
        <li>
          <a href="/suspects/new">Add a suspect</a>: a service that answers like your model, or a file
          {suspects > 0 && " (done)"}. Test the connection to see what it reveals.
        </li>
        <li>
          <a href="/investigations/new">Start an investigation</a>. It asks in the background, and hands out
          evidence that a stranger can check.
        </li>
      </ol>
    </section>
  );
}
