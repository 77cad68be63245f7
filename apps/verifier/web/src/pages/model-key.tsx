import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { OwnerKey } from "../../../src/shapes/access.js";
import type { Model, ModelChange } from "../../../src/shapes/models.js";
import { useAction } from "../api/use-action.js";
import { useLoaded } from "../api/use-loaded.js";
import { readAll } from "../api/use-pages.js";
import { useClient } from "../session.js";
import { ConfirmButton } from "../ui/confirm-button.js";
import { Choice } from "../ui/field.js";
import { ProblemNotice } from "../ui/problem-notice.js";

interface Props {
  readonly model: Model;
  readonly onChange: () => void;
}

/** Gives a registered model its owner key, or takes it away; for admins. */
export function ModelKey({ model, onChange }: Props): JSX.Element {
  const client = useClient();
  const { busy, error, run } = useAction();
  const change = (ownerKey: string | null): void =>
    run(async () => {
      const asked: ModelChange = { ownerKey };
      await client.patch<Model>(`/models/${model.id}`, asked);
      onChange();
    });
  return (
    <section class="card">
      <h2>Owner key</h2>
      {model.ownerKey === null ? (
        <GiveKey busy={busy} onGive={change} />
      ) : (
        <>
          <p>
            The service concludes investigations of this model by itself, and marks copies. Without the key it
            only asks, and you draw the conclusion on your own machine.
          </p>
          <ConfirmButton
            label="Keep the key out from now on"
            title="Keep the owner key out of this model?"
            text="Copies can then no longer be marked here, and investigations that start from now on wait for your conclusion. The key itself stays under Settings, Owner keys, until it is removed there."
            action="Take the key away"
            busy={busy}
            onConfirm={() => change(null)}
          />
        </>
      )}
      <ProblemNotice error={error} />
    </section>
  );
}

function GiveKey({
  busy,
  onGive,
}: {
  readonly busy: boolean;
  readonly onGive: (ownerKey: string) => void;
}): JSX.Element {
  const client = useClient();
  const [chosen, setChosen] = useState("");
  const { value, error, reload } = useLoaded("owner-keys", (signal) =>
    readAll<OwnerKey>(client, "/owner-keys", signal),
  );
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (chosen !== "") onGive(chosen);
      }}
    >
      <p>
        The key of this model is kept out of the service. Give it one that the service keeps, and it concludes
        by itself the investigations that start from then on. Only the key under which the model was
        registered is taken.
      </p>
      <ProblemNotice error={error} onRetry={reload} />
      <Choice
        label="Owner key of the model"
        help="Keys are added under Settings, Owner keys."
        value={chosen}
        onValue={setChosen}
        options={[["", "Choose one"], ...(value ?? []).map(({ id, name }) => [id, name] as const)]}
      />
      <button type="submit" class="secondary" aria-busy={busy} disabled={chosen === ""}>
        Give the model its key
      </button>
    </form>
  );
}
