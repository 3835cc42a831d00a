/* main.c - imprimatur-sim: stand-ins for what a demo or test cannot have for real. */
#include "sim/fleet.h"
#include "sim/mfp.h"
#include "sim/papercut.h"

static const struct command commands[] = {
	{ "fleet", fleet_args, NULL, "Connectors of many made-up sites at a real hub", fleet_run },
	{ "mfp", mfp_args, NULL, "A printer's own web pages, with the oddities of real ones",
	  mfp_run },
	{ "papercut", papercut_args, NULL, "A PaperCut MF server's System Health interface",
	  papercut_run },
	{},
};

int main(int argc, char **argv)
{
	return args_main(argc, argv, "imprimatur-sim", commands);
}
