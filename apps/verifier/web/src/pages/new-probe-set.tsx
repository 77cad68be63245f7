import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { NewProbeSet, ProbeSet } from "../../../src/shapes/investigations.js";
import type { Model } from "../../../src/shapes/models.js";
import { useAction } from "../api/use-action.js";
import { useClient } from "../session.js";
import { Choice, TextField } from "../ui/field.js";
import { ProblemNotice } from "../ui/problem-notice.js";
import { orderName } from "../words/states.js";

const ORDERS: readonly ProbeSet["order"][] = ["auto", "uncertain", "boundary", "shadows"];

export function NewProbeSetForm({
  models,
  onMade,
}: {
  readonly models: readonly Model[];
  readonly onMade: () => void;
}): JSX.Element {
  const client = useClient();
  const { busy, error, run } = useAction();
  const [name, setName] = useState("");
  const [model, setModel] = useState(models[0]?.id ?? "");
  const [order, setOrder] = useState<ProbeSet["order"]>("auto");
  const [budget, setBudget] = useState("5000");
  if (models.length === 0)
    return (
      <p>
        A probe set belongs to a registered model. <a href="/models/new">Register a model</a> first.
      </p>
    );
  const make = (): void =>
    run(async () => {
      const asked: NewProbeSet = { name: name.trim(), model, order, budget: Number(budget) };
      await client.post<ProbeSet>("/probe-sets", asked);
      setName("");
      onMade();
    });
  return (
    <form
      class="card"
      onSubmit={(event) => {
        event.preventDefault();
        make();
      }}
    >
      <h2>Make a probe set</h2>
      <div class="row">
        <TextField label="Name" required maxLength={200} value={name} onValue={setName} />
        <Choice
          label="Model"
          value={model}
          onValue={setModel}
          options={models.map((each) => [each.id, each.name] as const)}
        />
      </div>
      <div class="row">
        <Choice
          label="Which inputs first"
          value={order}
          onValue={setOrder}
          options={ORDERS.map((each) => [each, orderName(each)] as const)}
        />
        <TextField
          label="Questions at most"
          type="number"
          min="1"
          max="10000000"
          required
          value={budget}
          onValue={setBudget}
        />
      </div>
      <ProblemNotice error={error} />
      <button type="submit" aria-busy={busy}>
        Make the probe set
      </button>
    </form>
  );
}
