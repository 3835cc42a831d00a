/* The page's own address and search, for its parts. */
import { getRouteApi } from "@tanstack/react-router";

export const route = getRouteApi("/inside/sites/$id");
