import type { JSX } from "preact";
import { TextField } from "../../ui/field.js";
import type { StepProps } from "./new-model.js";

export function ClaimStep({ draft, change }: StepProps): JSX.Element {
  if (draft.keyKind === "kept-out")
    return <p>The registration that you uploaded says this already. There is nothing to do here.</p>;
  return (
    <>
      <TextField
        label="Owner"
        help="Who claims the model, such as Example Ltd. It stands in the registration."
        maxLength={200}
        value={draft.owner}
        onValue={(owner) => change({ owner })}
      />
      <TextField
        label="Text in the mark"
        help="Such as Copy for Alice. The registration holds only a commitment to it; the text itself is found in copies."
        maxLength={200}
        value={draft.payload}
        onValue={(payload) => change({ payload })}
      />
    </>
  );
}
