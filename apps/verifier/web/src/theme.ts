export type Theme = "system" | "light" | "dark";

const NAME = "indicia-theme";

/** What the reader chose on this machine, or the system's. */
export function storedTheme(): Theme {
  const stored = localStorage.getItem(NAME);
  return stored === "light" || stored === "dark" ? stored : "system";
}

export function applyTheme(theme: Theme): void {
  const { dataset } = document.documentElement;
  if (theme === "system") {
    delete dataset["theme"];
    localStorage.removeItem(NAME);
  } else {
    dataset["theme"] = theme;
    localStorage.setItem(NAME, theme);
  }
}
