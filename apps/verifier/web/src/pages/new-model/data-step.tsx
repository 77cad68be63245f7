import type { JSX } from "preact";
import { RadioGroup, TextField } from "../../ui/field.js";
import { UploadField } from "../../ui/upload-field.js";
import type { StepProps } from "./new-model.js";

const ACCEPTED = ".npz,.npy,.csv";
const FORMATS = ".npz or .npy with one array per input of the model, or .csv; rows first.";

export function DataStep({ draft, change }: StepProps): JSX.Element {
  if (draft.keyKind === "kept-out")
    return <p>The registration that you uploaded has its data already. There is nothing to do here.</p>;
  return (
    <>
      <RadioGroup
        legend="Calibration data"
        value={draft.calibrationKind}
        onValue={(calibrationKind) => change({ calibrationKind })}
        options={[
          {
            value: "file",
            label: "Upload real inputs",
            help: "One to three thousand of the kind that the model will see are good.",
          },
          {
            value: "random",
            label: "Draw inputs at random",
            help: "For a first try. A real model sees other inputs, and its mark will be weaker.",
          },
        ]}
      />
      {draft.calibrationKind === "file" ? (
        <>
          <UploadField
            label="Calibration data"
            help={FORMATS}
            accept={ACCEPTED}
            upload={draft.calibration}
            onUpload={(calibration) => change({ calibration })}
          />
          <RadioGroup
            legend="Inputs that a suspect may be asked"
            value={draft.poolKind}
            onValue={(poolKind) => change({ poolKind })}
            options={[
              { value: "same", label: "The calibration data", help: "Simplest, and enough to begin with." },
              {
                value: "file",
                label: "Other inputs",
                help: "Better: what the suspect is asked was used nowhere else.",
              },
            ]}
          />
          {draft.poolKind === "file" && (
            <UploadField
              label="Inputs to ask"
              help={FORMATS}
              accept={ACCEPTED}
              upload={draft.pool}
              onUpload={(pool) => change({ pool })}
            />
          )}
        </>
      ) : (
        <>
          <TextField
            label="Rows to draw"
            type="number"
            min="1"
            max="1000000"
            inputMode="numeric"
            value={draft.randomRows}
            onValue={(randomRows) => change({ randomRows })}
          />
          <div class="notice warn">
            <p>
              Random inputs suit a test and nothing else. The registration will say that they were random.
            </p>
          </div>
        </>
      )}
    </>
  );
}
