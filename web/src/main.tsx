/* Starts the page: words first, so that nothing is ever shown without them. */
import { MantineProvider } from "@mantine/core";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { meQuery, onTermsRequired, queries } from "./api/queries.ts";
import { onEnded } from "./live/live.ts";
import { safePath } from "./pages/search.ts";
import { router } from "./router.tsx";
import { startText } from "./text/i18n.ts";
import { noteLostParts } from "./ui/lost.ts";
import { leavePage } from "./ui/once.ts";
import { Wordless } from "./ui/Root.tsx";
import "./ui/styles.ts";
import { theme } from "./ui/theme.ts";

function toLogin(): void {
  const here = router.state.location;
  if (here.pathname === "/login") return;
  /* A person of support still has the login that he went in with. */
  const visited = queries.getQueryData(meQuery.queryKey)?.support;
  queries.clear();
  if (visited) {
    location.assign("/support");
    return;
  }
  void router.navigate({ to: "/login", search: { to: safePath(here.href), ended: "1" } });
}

onEnded(() => leavePage(toLogin));

onTermsRequired(() => {
  const to = safePath(router.state.location.href);
  queries.removeQueries({ queryKey: meQuery.queryKey });
  void router.navigate({ to: "/terms", search: { to } });
});

noteLostParts();
const page = await startText().then(
  () => (
    <QueryClientProvider client={queries}>
      <RouterProvider router={router} />
    </QueryClientProvider>
  ),
  () => <Wordless />,
);
createRoot(document.getElementById("root")!).render(
  <StrictMode>
    {/* All styles are in the style sheet already: our policy lets no script add any. */}
    <MantineProvider
      theme={theme}
      defaultColorScheme="auto"
      withCssVariables={false}
      withGlobalClasses={false}
      withStaticClasses={false}
    >
      {page}
    </MantineProvider>
  </StrictMode>,
);
