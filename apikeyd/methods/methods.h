/* methods.h - the handlers, one file per noun; dispatch binds them to the rows of protocol/method.h. */
#ifndef METHODS_METHODS_H
#define METHODS_METHODS_H

#include "apikeyd/call.h"

handler_fn system_hello, system_ping, system_reload;
handler_fn key_create, key_list, key_get, key_update, key_disable, key_enable, key_revoke,
	key_delete, key_rotate, key_import;
handler_fn key_explain;
handler_fn plan_create, plan_list, plan_get, plan_update, plan_delete;
handler_fn tenant_create, tenant_list, tenant_get, tenant_update, tenant_disable, tenant_enable,
	tenant_delete;
handler_fn user_create, user_list, user_get, user_update, user_disable, user_enable, user_delete;
handler_fn auth_login, auth_resume, auth_key, auth_logout, auth_whoami, auth_recover;
handler_fn user_set_password, user_recovery_codes, user_sessions, user_end_sessions;
handler_fn alert_list;
handler_fn audit_list, audit_verify;
handler_fn events_subscribe, events_unsubscribe;
handler_fn backup_create;
handler_fn stats_get;
handler_fn usage_query;

#endif
