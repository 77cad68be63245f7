import type { JSX } from "preact";
import { TextArea, TextField } from "../../ui/field.js";
import { UploadField } from "../../ui/upload-field.js";
import type { StepProps } from "./new-model.js";

export function ModelStep({ draft, change }: StepProps): JSX.Element {
  return (
    <>
      <TextField
        label="Name"
        help="As you want to find it again."
        required
        maxLength={200}
        value={draft.name}
        onValue={(name) => change({ name })}
      />
      <UploadField
        label="Unmarked model"
        help="The .onnx file before any mark, or a zip of it and its external data. Keep it to yourself: whoever has it can take a mark away."
        accept=".onnx,.zip"
        upload={draft.reference}
        onUpload={(reference) => change({ reference })}
      />
      <TextArea label="Notes" value={draft.notes} onValue={(notes) => change({ notes })} />
    </>
  );
}
