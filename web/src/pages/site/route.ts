/* The page's own address and search, for its parts. */
import { getRouteApi } from "@tanstack/react-router";

export const route = getRouteApi("/inside/sites/$id");

/* For links that change only what the address says of this page: a tab, a period, an open reason.
 * Such a link is current only if the address says all that it would say, "nothing" included. */
export const here = {
  from: "/sites/$id",
  to: ".",
  replace: true,
  resetScroll: false,
  activeOptions: { explicitUndefined: true },
} as const;
