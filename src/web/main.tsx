import { createRoot } from "react-dom/client";
import { createClient } from "./engine/create-client.ts";
import { App } from "./ui/app.tsx";
import { keepAppShell } from "./ui/shell/app-shell.ts";
import { ClientProvider } from "./ui/shell/client-context.tsx";
import "./ui/theme/fonts.css";
import "./ui/theme/tokens.css";
import "./ui/theme/base.css";
import { startTheme } from "./ui/theme/theme.ts";

startTheme();
const client = createClient();
void client.start();

const root = document.getElementById("root");
if (!root) throw new Error("index.html has no #root");
createRoot(root).render(
  <ClientProvider value={client}>
    <App />
  </ClientProvider>,
);

// After everything that is needed now.
addEventListener("load", () => keepAppShell(), { once: true });
