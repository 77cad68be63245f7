import type { ComponentChildren, JSX } from "preact";
import { useEffect } from "preact/hooks";

/** The heading that a page begins with; it names the tab too. */
export function PageHeading({
  title,
  lead,
  children,
}: {
  readonly title: string;
  readonly lead?: ComponentChildren;
  /** Buttons beside the heading. */
  readonly children?: ComponentChildren;
}): JSX.Element {
  useEffect(() => {
    document.title = `${title} · Indicia`;
  }, [title]);
  return (
    <header class="heading">
      <div>
        <h1 tabIndex={-1}>{title}</h1>
        {lead !== undefined && <p class="lead">{lead}</p>}
      </div>
      {children !== undefined && <div class="actions">{children}</div>}
    </header>
  );
}
