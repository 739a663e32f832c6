/* commands.h - every command, for the table. Each is defined with its noun. */
#ifndef APIKEYCTL_COMMANDS_H
#define APIKEYCTL_COMMANDS_H

#include "apikeyctl/command.h"

extern const struct command key_create, key_list, key_show, key_update, key_disable, key_enable,
	key_revoke, key_delete, key_rotate, key_explain, plan_create, plan_list, plan_show,
	plan_update, plan_delete, key_import, daemon_status, daemon_reload, verify, events, stats,
	usage, hello, ping, backup, alert_list, login, logout, whoami, session_list, session_end,
	user_passwd, user_recover, user_codes, audit_list, audit_export, audit_verify,
	tenant_create, tenant_list, tenant_show, tenant_update, tenant_disable, tenant_enable,
	tenant_delete, user_create, user_list, user_show, user_update, user_disable, user_enable,
	user_delete, complete;

#endif
