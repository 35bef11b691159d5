/** Light, dark, or as the system has it. The choice is this browser's own and is kept in localStorage. */
export type ThemeChoice = "system" | "light" | "dark";

const key = "nexus.theme";
const dark = window.matchMedia("(prefers-color-scheme: dark)");

export function themeChoice(): ThemeChoice {
  const kept = readKept();
  return kept === "light" || kept === "dark" ? kept : "system";
}

/** Keeps the choice and shows it at once. */
export function chooseTheme(choice: ThemeChoice): void {
  try {
    if (choice === "system") localStorage.removeItem(key);
    else localStorage.setItem(key, choice);
  } catch {
    // Storage is switched off: the choice holds until the page is left.
  }
  show(choice);
}

/** Shows the kept choice and follows the system where that was chosen. Called once, before the first paint. */
export function startTheme(): void {
  show(themeChoice());
  dark.addEventListener("change", () => show(themeChoice()));
}

function show(choice: ThemeChoice): void {
  const theme = choice === "system" ? (dark.matches ? "dark" : "light") : choice;
  document.documentElement.dataset.theme = theme;
  // The browser's own bar, and the installed app's.
  for (const meta of document.querySelectorAll<HTMLMetaElement>("meta[name=theme-color]"))
    meta.content = theme === "dark" ? "#17171e" : "#ffffff";
}

function readKept(): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}
