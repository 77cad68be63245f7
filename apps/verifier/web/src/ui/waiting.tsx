import type { JSX } from "preact";

export function Waiting({ text = "Loading" }: { readonly text?: string }): JSX.Element {
  return (
    <p class="waiting" role="status">
      {text}…
    </p>
  );
}
