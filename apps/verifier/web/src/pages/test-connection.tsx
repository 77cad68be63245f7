import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { Model } from "../../../src/shapes/models.js";
import { useLoaded } from "../api/use-loaded.js";
import { readAll } from "../api/use-pages.js";
import { useClient } from "../session.js";
import { Choice } from "../ui/field.js";

/** Asks a suspect a few questions: random ones, or inputs of a registered model where there is one. */
export function TestConnection({
  busy,
  onTest,
}: {
  readonly busy: boolean;
  /** @param model id, or empty for random inputs */
  readonly onTest: (model: string) => void;
}): JSX.Element {
  const client = useClient();
  const { value } = useLoaded("models", (signal) => readAll<Model>(client, "/models", signal));
  const models = value?.filter(({ state }) => state === "ready") ?? [];
  const [chosen, setChosen] = useState("");
  return (
    <>
      {models.length > 0 && (
        <Choice
          label="Ask it with"
          value={chosen}
          onValue={setChosen}
          options={[
            ["", "random inputs"],
            ...models.map(({ id, name }) => [id, `inputs of ${name}`] as const),
          ]}
        />
      )}
      <button type="button" class="secondary" aria-busy={busy} onClick={() => onTest(chosen)}>
        Test connection
      </button>
    </>
  );
}
