/* Starts the page: words first. */
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { startText } from "../../src/text/i18n.ts";
import { App } from "./App.tsx";
import "virtual:colours.css";
import "../../settings/src/settings.css";

await startText();
createRoot(document.getElementById("root")!).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
