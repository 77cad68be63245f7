import type { JSX } from "preact";
import type { Wording } from "../words/states.js";

export function Badge({ wording }: { readonly wording: Pick<Wording, "label" | "tone"> }): JSX.Element {
  return <span class={`badge ${wording.tone}`}>{wording.label}</span>;
}
