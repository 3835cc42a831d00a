/* gen_openapi_desk.c - the desk's routes as web/desk/openapi.json. */
#include "gen_openapi.h"

#include "connector/desk/desk.h"

int main(int argc, char **argv)
{
	return gen_openapi(argc, argv, desk_route_tables, &desk_openapi_names);
}
