/* commands.h - what imprimatur-hub's command line runs; each result is the exit code. */
#ifndef HUB_COMMANDS_H
#define HUB_COMMANDS_H

#include "base/args.h"

int command_init(const struct args *args);           /* setup.c */
int command_user_add(const struct args *args);       /* setup.c */
int command_support_add(const struct args *args);    /* setup.c */
int command_support_list(const struct args *args);   /* setup.c */
int command_support_remove(const struct args *args); /* setup.c */
int command_check_config(const struct args *args);   /* setup.c */
int command_doctor(const struct args *args);         /* doctor.c */
int command_routes(const struct args *args);         /* setup.c */
int command_backup(const struct args *args);         /* backup.c */
int command_keys_backup(const struct args *args);    /* backup.c */
int command_restore(const struct args *args);        /* backup.c */
int command_verify(const struct args *args);         /* verify.c */
int command_serve(const struct args *args);          /* serve.c */

#endif
