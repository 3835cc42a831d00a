/* The rows of a list that is read page by page as it is scrolled, in their order. */
import type { InfiniteData, UseInfiniteQueryResult } from "@tanstack/react-query";
import { useEffect, useMemo, useState } from "react";
import { merged } from "../pages/order.ts";

interface Page<T> {
  items: T[];
  /* Absent where the hub does not count: then one more is known to be there, while there is a next page. */
  total?: number;
}

export function usePaged<T extends { id: string }, P extends Page<T>>(
  list: UseInfiniteQueryResult<InfiniteData<P>>,
  order: (a: T, b: T) => number,
) {
  const { data, error, hasNextPage, isFetchingNextPage, fetchNextPage } = list;
  const [reach, onReach] = useState(0);
  const rows = useMemo(() => merged<T>(data?.pages ?? []).sort(order), [data, order]);
  /* What was read last knows best how many there are. */
  const newest = data?.pages.at(-1);
  const total = Math.max(rows.length, hasNextPage ? (newest?.total ?? rows.length + 1) : 0);

  useEffect(() => {
    if (reach >= rows.length - 1 && hasNextPage && !isFetchingNextPage && !error) void fetchNextPage();
  }, [reach, rows.length, hasNextPage, isFetchingNextPage, fetchNextPage, error]);
  return { rows, total, newest, reach, onReach };
}
