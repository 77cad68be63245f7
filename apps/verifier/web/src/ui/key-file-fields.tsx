import type { JSX } from "preact";
import type { Upload } from "../../../src/shapes/common.js";
import { TextField } from "./field.js";
import { UploadField } from "./upload-field.js";

/** An owner's key file, which may have any name, and the passphrase that it may need. */
export function KeyFileFields(props: {
  readonly passphrase: string;
  readonly onPassphrase: (passphrase: string) => void;
  readonly upload: Upload | null;
  readonly onUpload: (upload: Upload | null) => void;
}): JSX.Element {
  return (
    <>
      <TextField
        label="Passphrase of the key file"
        help="Leave it empty where the file has none."
        type="password"
        autocomplete="off"
        value={props.passphrase}
        onValue={props.onPassphrase}
      />
      <UploadField
        label="Key file"
        help="Such as owner.key."
        accept=""
        upload={props.upload}
        onUpload={props.onUpload}
      />
    </>
  );
}
