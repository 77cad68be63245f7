import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { Confirm } from "./dialog.js";

/** A button that asks before it does what cannot be undone. */
export function ConfirmButton({
  label,
  title,
  text,
  action,
  busy,
  onConfirm,
}: {
  readonly label: string;
  readonly title: string;
  readonly text: string;
  readonly action: string;
  readonly busy: boolean;
  readonly onConfirm: () => void;
}): JSX.Element {
  const [open, setOpen] = useState(false);
  return (
    <>
      <button type="button" class="secondary" disabled={busy} onClick={() => setOpen(true)}>
        {label}
      </button>
      {open && (
        <Confirm
          title={title}
          text={text}
          action={action}
          onConfirm={onConfirm}
          onClose={() => setOpen(false)}
        />
      )}
    </>
  );
}
