/*
 * What each command of the table runs; used by commands.c only.
 */
#ifndef TAYORI_CLI_COMMANDS_H
#define TAYORI_CLI_COMMANDS_H

#include "src/cli/cli.h"

enum cli_exit cli_domain_add(struct cli *c);
enum cli_exit cli_domain_del(struct cli *c);
enum cli_exit cli_domain_list(struct cli *c);
enum cli_exit cli_domain_dns(struct cli *c);
enum cli_exit cli_user_add(struct cli *c);
enum cli_exit cli_user_del(struct cli *c);
enum cli_exit cli_user_list(struct cli *c);
enum cli_exit cli_user_show(struct cli *c);
enum cli_exit cli_user_password(struct cli *c);
enum cli_exit cli_user_quota(struct cli *c);
enum cli_exit cli_user_set(struct cli *c);
enum cli_exit cli_user_lock(struct cli *c);
enum cli_exit cli_user_unlock(struct cli *c);
enum cli_exit cli_alias_add(struct cli *c);
enum cli_exit cli_alias_del(struct cli *c);
enum cli_exit cli_alias_list(struct cli *c);
enum cli_exit cli_queue_list(struct cli *c);
enum cli_exit cli_trace(struct cli *c);
enum cli_exit cli_status(struct cli *c);
enum cli_exit cli_store_check(struct cli *c);
enum cli_exit cli_store_backup(struct cli *c);
enum cli_exit cli_store_restore(struct cli *c);
enum cli_exit cli_store_upkeep(struct cli *c);
enum cli_exit cli_config_check(struct cli *c);
enum cli_exit cli_config_show(struct cli *c);
enum cli_exit cli_config_defaults(struct cli *c);
enum cli_exit cli_config_manual(struct cli *c);
enum cli_exit cli_config_certificate(struct cli *c);
enum cli_exit cli_version(struct cli *c);

#endif
