/* gen_openapi_settings.c - the settings page's routes as web/settings/openapi.json. */
#include "gen_openapi.h"

#include "connector/settings/settings.h"

int main(int argc, char **argv)
{
	return gen_openapi(argc, argv, settings_route_tables, &settings_openapi_names);
}
