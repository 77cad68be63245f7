import type { JSX } from "preact";
import { PageHeading } from "../ui/page-heading.js";

export function AboutPage(): JSX.Element {
  return (
    <main id="main">
      <PageHeading title="About Indicia" />
      <section class="card">
        <h2>What it does</h2>
        <p>
          Before a model is released, Indicia marks it with a pattern that a secret key draws. Later it asks a
          suspect, a file or a service, and says how improbable its answers would be if the suspect had
          nothing to do with that key. The bound holds for every suspect, because the chance lies in the key
          and not in the suspect.
        </p>
        <h2>What the words mean</h2>
        <dl class="facts">
          <div>
            <dt>Match</dt>
            <dd>Chance is ruled out at the level that was registered beforehand.</dd>
          </div>
          <div>
            <dt>Inconclusive</dt>
            <dd>Nothing beyond chance was found. It never means that a suspect is innocent.</dd>
          </div>
          <div>
            <dt>Anchored</dt>
            <dd>The order (registered first, asked second, key opened last) can be shown to others.</dd>
          </div>
          <div>
            <dt>Exploratory</dt>
            <dd>The figures are the same, but that order cannot be shown, and the reasons are given.</dd>
          </div>
        </dl>
        <h2>What it does not show</h2>
        <p>
          A match says that the suspect is not independent of the key. It does not say who copied, nor when,
          nor whether it was lawful: a licensee of the marked model is not independent of it either. The
          answers are as honest as whoever recorded them.
        </p>
      </section>
      <section class="card">
        <h2>For programs</h2>
        <p>
          Everything on these pages can be done by a program. The API is described in the{" "}
          <a href="/api/reference" target="_blank" rel="noreferrer">
            API reference
          </a>{" "}
          (
          <a href="/api/v1/openapi.json" target="_blank" rel="noreferrer">
            OpenAPI document
          </a>
          ). API keys are made in the settings.
        </p>
      </section>
    </main>
  );
}
