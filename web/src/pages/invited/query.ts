/* The invited that have not connected.  Tries to mail make no change in the log, so the page also looks by itself. */
import { infiniteQueryOptions } from "@tanstack/react-query";
import { api, call } from "../../api/client.ts";

const everyMs = 15_000;

export const invitedQuery = infiniteQueryOptions({
  /* Below "sites": what makes the list of sites another makes this one another. */
  queryKey: ["sites", "invited"],
  queryFn: ({ pageParam: cursor, signal }) =>
    call(api.GET("/api/v1/invitations", { params: { query: { cursor, limit: 100 } }, signal })),
  initialPageParam: undefined as string | undefined,
  getNextPageParam: (page) => page.next_cursor ?? undefined,
  refetchInterval: everyMs,
});
