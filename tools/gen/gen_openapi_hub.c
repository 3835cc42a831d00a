/* gen_openapi_hub.c - the hub's routes as web/openapi.json. */
#include "gen_openapi.h"

#include "hub/hub.h"

int main(int argc, char **argv)
{
	return gen_openapi(argc, argv, hub_routes(), &hub_openapi_names);
}
