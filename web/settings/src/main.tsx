/* Starts the page: words first, then the secret is spent, once. */
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { ApiError } from "../../src/api/error.ts";
import { startText } from "../../src/text/i18n.ts";
import { enter, isSecret, takeSecret } from "./api.ts";
import { App, type Entry } from "./App.tsx";
import { hasToken } from "./call.ts";
import "virtual:colours.css";
import "./settings.css";

async function begin(): Promise<Entry> {
  const secret = takeSecret();
  if (!secret) return hasToken() ? "open" : "closed";
  try {
    await enter(secret);
    return "open";
  } catch (error) {
    if (hasToken()) return "open"; /* the same tab, reloaded with an old link */
    return error instanceof ApiError && error.code === "link_spent" ? "spent" : "unreachable";
  }
}

/* settings.url opened again where this page is open: the same document, so nothing would load. */
addEventListener("hashchange", () => {
  if (isSecret(location.hash)) location.reload();
});

await startText();
const entry = await begin();
createRoot(document.getElementById("root")!).render(
  <StrictMode>
    <App entry={entry} />
  </StrictMode>,
);
