/* slices.c - the slices of the hub, in the order in which they may call each other. */
#include "hub/hub.h"
