/* method.c - the one table of methods: names, who may call them where, and what they take. */
#include "protocol/method.h"

#define REQ PARAM_REQUIRED
#define CLR PARAM_CLEARS
#define CURSOR_MAX_BYTES 1024
#define LIMIT_MAX 2147483648 /* of any rate, quota or units; see engine/limit.h */
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define PARAMS(a) .params = (a), .param_count = COUNT(a)

static const char *const statuses[] = {"active", "disabled", "revoked", "expired", NULL};
static const char *const sorts[] = {"created_at", "name", "owner", "tenant", "expires_at", "prefix",
	"status", "last_used_at", "requests", "units", NULL};
static const char *const topics[] = {"key", "usage", "audit", "alert", "server", NULL};

static const char *const usage_steps[] = {"minute", "hour", "day", NULL};
static const char *const usage_groups[] = {"code", "resource", "secret", NULL};

static const struct param verify_params[] = {
	{.name = "key", .type = PARAM_SECRET, .flags = REQ},
	{.name = "ip", .type = PARAM_ADDRESS},
	{.name = "scopes", .type = PARAM_NEEDS, .max = 64},
	{.name = "tenant", .type = PARAM_WORD, .min = 1, .max = WORD_MAX_BYTES},
	{.name = "resource", .type = PARAM_OPAQUE, .min = 1, .max = 256},
	{.name = "units", .type = PARAM_INT, .min = 0, .max = 1000000000000},
	{.name = "cost", .type = PARAM_INT, .min = 1, .max = 1000},
	{.name = "agent", .type = PARAM_OPAQUE, .min = 0, .max = 512},
	{.name = "dry_run", .type = PARAM_BOOL},
};

static const struct param hello_params[] = {
	{.name = "client", .type = PARAM_TEXT, .min = 1, .max = NAME_MAX_BYTES},
};

static const struct param key_create_params[] = {
	{.name = "name", .type = PARAM_TEXT, .flags = REQ, .min = 1, .max = NAME_MAX_BYTES},
	{.name = "tenant", .type = PARAM_WORD, .min = 1, .max = WORD_MAX_BYTES},
	{.name = "owner", .type = PARAM_WORD, .min = 1, .max = WORD_MAX_BYTES},
	{.name = "env", .type = PARAM_WORD, .min = 1, .max = WORD_MAX_BYTES},
	{.name = "scopes", .type = PARAM_SCOPES, .max = 64},
	{.name = "ip_allow", .type = PARAM_CIDRS, .max = 64},
	{.name = "rate", .type = PARAM_RATES},
	{.name = "quota", .type = PARAM_QUOTAS},
	{.name = "units_per_request", .type = PARAM_INT, .min = 1, .max = LIMIT_MAX},
	{.name = "plan", .type = PARAM_WORD, .min = 1, .max = WORD_MAX_BYTES},
	{.name = "expires_at", .type = PARAM_TIME, .min = 1, .max = TIME_MAX},
	{.name = "expires_in", .type = PARAM_INT, .min = 1, .max = TIME_MAX},
	{.name = "email", .type = PARAM_TEXT, .min = 3, .max = 254},
	{.name = "notes", .type = PARAM_LINES, .min = 1, .max = 4096},
	{.name = "meta", .type = PARAM_META, .max = 4096},
};

static const struct param key_import_params[] = {
	{.name = "name", .type = PARAM_TEXT, .flags = REQ, .min = 1, .max = NAME_MAX_BYTES},
	{.name = "tenant", .type = PARAM_WORD, .min = 1, .max = WORD_MAX_BYTES},
	{.name = "owner", .type = PARAM_WORD, .min = 1, .max = WORD_MAX_BYTES},
	{.name = "env", .type = PARAM_WORD, .min = 1, .max = WORD_MAX_BYTES},
	{.name = "scopes", .type = PARAM_SCOPES, .max = 64},
	{.name = "ip_allow", .type = PARAM_CIDRS, .max = 64},
	{.name = "rate", .type = PARAM_RATES},
	{.name = "quota", .type = PARAM_QUOTAS},
	{.name = "units_per_request", .type = PARAM_INT, .min = 1, .max = LIMIT_MAX},
	{.name = "plan", .type = PARAM_WORD, .min = 1, .max = WORD_MAX_BYTES},
	{.name = "expires_at", .type = PARAM_TIME, .min = 1, .max = TIME_MAX},
	{.name = "expires_in", .type = PARAM_INT, .min = 1, .max = TIME_MAX},
	{.name = "email", .type = PARAM_TEXT, .min = 3, .max = 254},
	{.name = "notes", .type = PARAM_LINES, .min = 1, .max = 4096},
	{.name = "meta", .type = PARAM_META, .max = 4096},
	{.name = "plaintext", .type = PARAM_SECRET},
	{.name = "sha256", .type = PARAM_SECRET},
	{.name = "prefix", .type = PARAM_REF, .min = 1, .max = 64},
	{.name = "bcrypt", .type = PARAM_SECRET},
	{.name = "dry_run", .type = PARAM_BOOL},
};

static const struct param key_update_params[] = {
	{.name = "id", .type = PARAM_REF, .flags = REQ, .min = 1, .max = 128},
	{.name = "name", .type = PARAM_TEXT, .min = 1, .max = NAME_MAX_BYTES},
	{.name = "owner", .type = PARAM_WORD, .min = 1, .max = WORD_MAX_BYTES},
	{.name = "scopes", .type = PARAM_SCOPES, .flags = CLR, .max = 64},
	{.name = "ip_allow", .type = PARAM_CIDRS, .flags = CLR, .max = 64},
	{.name = "rate", .type = PARAM_RATES, .flags = CLR},
	{.name = "quota", .type = PARAM_QUOTAS, .flags = CLR},
	{.name = "units_per_request", .type = PARAM_INT, .flags = CLR, .min = 1, .max = LIMIT_MAX},
	{.name = "plan", .type = PARAM_WORD, .flags = CLR, .min = 1, .max = WORD_MAX_BYTES},
	{.name = "expires_at", .type = PARAM_TIME, .flags = CLR, .min = 1, .max = TIME_MAX},
	{.name = "expires_in", .type = PARAM_INT, .min = 1, .max = TIME_MAX},
	{.name = "email", .type = PARAM_TEXT, .flags = CLR, .min = 3, .max = 254},
	{.name = "notes", .type = PARAM_LINES, .flags = CLR, .min = 1, .max = 4096},
	{.name = "meta", .type = PARAM_META, .flags = CLR, .max = 4096},
	{.name = "grace", .type = PARAM_INT, .min = 0, .max = GRACE_MAX},
};

static const struct param key_rotate_params[] = {
	{.name = "id", .type = PARAM_REF, .flags = REQ, .min = 1, .max = 128},
	{.name = "grace", .type = PARAM_INT, .flags = REQ, .min = 0, .max = GRACE_MAX},
};

static const struct param key_list_params[] = {
	{.name = "tenant", .type = PARAM_WORD, .min = 1, .max = WORD_MAX_BYTES},
	{.name = "owner", .type = PARAM_WORD, .min = 1, .max = WORD_MAX_BYTES},
	{.name = "status", .type = PARAM_CHOICE, .choices = statuses},
	{.name = "query", .type = PARAM_TEXT, .min = 1, .max = NAME_MAX_BYTES},
	{.name = "sort", .type = PARAM_CHOICE, .choices = sorts},
	{.name = "desc", .type = PARAM_BOOL},
	{.name = "limit", .type = PARAM_INT, .min = 1, .max = 1000},
	{.name = "cursor", .type = PARAM_CURSOR, .min = 1, .max = CURSOR_MAX_BYTES},
};

static const struct param key_ref_params[] = {
	{.name = "id", .type = PARAM_REF, .flags = REQ, .min = 1, .max = 128},
};

static const char *const alert_kinds[] = {"limit_reached", "key_expiring", "dead_key_used",
	"key_woke", "new_network", "unknown_keys", NULL};

static const struct param alert_list_params[] = {
	{.name = "kind", .type = PARAM_CHOICE, .choices = alert_kinds},
	{.name = "object", .type = PARAM_TEXT, .min = 1, .max = NAME_MAX_BYTES},
	{.name = "limit", .type = PARAM_INT, .min = 1, .max = 1000},
	{.name = "cursor", .type = PARAM_CURSOR, .min = 1, .max = CURSOR_MAX_BYTES},
};

static const struct param audit_verify_params[] = {
	{.name = "progress", .type = PARAM_BOOL},
};

static const struct param audit_list_params[] = {
	{.name = "from", .type = PARAM_TIME, .min = 0, .max = TIME_MAX},
	{.name = "to", .type = PARAM_TIME, .min = 1, .max = TIME_MAX},
	{.name = "actor", .type = PARAM_TEXT, .min = 1, .max = NAME_MAX_BYTES},
	{.name = "action", .type = PARAM_TEXT, .min = 1, .max = NAME_MAX_BYTES},
	{.name = "object", .type = PARAM_TEXT, .min = 1, .max = NAME_MAX_BYTES},
	{.name = "chain_order", .type = PARAM_BOOL},
	{.name = "limit", .type = PARAM_INT, .min = 1, .max = 1000},
	{.name = "cursor", .type = PARAM_CURSOR, .min = 1, .max = CURSOR_MAX_BYTES},
};

static const struct param backup_params[] = {
	{.name = "path", .type = PARAM_TEXT, .flags = REQ, .min = 2, .max = 1024},
};

static const struct param subscribe_params[] = {
	{.name = "topics", .type = PARAM_CHOICES, .choices = topics, .min = 1, .max = 8},
	{.name = "key", .type = PARAM_REF, .min = 1, .max = 128},
	{.name = "tenant", .type = PARAM_WORD, .min = 1, .max = WORD_MAX_BYTES},
	{.name = "since", .type = PARAM_INT, .min = 0, .max = INT64_MAX},
};

static const struct param key_explain_params[] = {
	{.name = "id", .type = PARAM_REF, .min = 1, .max = 128},
	{.name = "key", .type = PARAM_SECRET},
	{.name = "ip", .type = PARAM_ADDRESS},
	{.name = "scopes", .type = PARAM_NEEDS, .max = 64},
	{.name = "tenant", .type = PARAM_WORD, .min = 1, .max = WORD_MAX_BYTES},
	{.name = "resource", .type = PARAM_OPAQUE, .min = 1, .max = 256},
	{.name = "units", .type = PARAM_INT, .min = 0, .max = 1000000000000},
	{.name = "cost", .type = PARAM_INT, .min = 1, .max = 1000},
	{.name = "agent", .type = PARAM_OPAQUE, .min = 0, .max = 512},
	{.name = "dry_run", .type = PARAM_BOOL},
};

static const struct param plan_create_params[] = {
	{.name = "name", .type = PARAM_WORD, .flags = REQ, .min = 1, .max = WORD_MAX_BYTES},
	{.name = "rate", .type = PARAM_RATES},
	{.name = "quota", .type = PARAM_QUOTAS},
	{.name = "units_per_request", .type = PARAM_INT, .min = 1, .max = LIMIT_MAX},
	{.name = "max_keys", .type = PARAM_INT, .min = 1, .max = CAP_MAX},
	{.name = "max_keys_per_user", .type = PARAM_INT, .min = 1, .max = CAP_MAX},
};

static const struct param plan_update_params[] = {
	{.name = "name", .type = PARAM_WORD, .flags = REQ, .min = 1, .max = WORD_MAX_BYTES},
	{.name = "rate", .type = PARAM_RATES, .flags = CLR},
	{.name = "quota", .type = PARAM_QUOTAS, .flags = CLR},
	{.name = "units_per_request", .type = PARAM_INT, .flags = CLR, .min = 1, .max = LIMIT_MAX},
	{.name = "max_keys", .type = PARAM_INT, .flags = CLR, .min = 1, .max = CAP_MAX},
	{.name = "max_keys_per_user", .type = PARAM_INT, .flags = CLR, .min = 1, .max = CAP_MAX},
};

static const struct param plan_ref_params[] = {
	{.name = "name", .type = PARAM_WORD, .flags = REQ, .min = 1, .max = WORD_MAX_BYTES},
};

static const char *const roles[] = {"admin", "operator", "viewer", NULL};

static const struct param tenant_create_params[] = {
	{.name = "name", .type = PARAM_WORD, .flags = REQ, .min = 1, .max = WORD_MAX_BYTES},
	{.name = "plan", .type = PARAM_WORD, .min = 1, .max = WORD_MAX_BYTES},
	{.name = "max_keys", .type = PARAM_INT, .min = 1, .max = CAP_MAX},
};

static const struct param tenant_update_params[] = {
	{.name = "name", .type = PARAM_WORD, .flags = REQ, .min = 1, .max = WORD_MAX_BYTES},
	{.name = "plan", .type = PARAM_WORD, .flags = CLR, .min = 1, .max = WORD_MAX_BYTES},
	{.name = "max_keys", .type = PARAM_INT, .flags = CLR, .min = 1, .max = CAP_MAX},
};

static const struct param tenant_list_params[] = {
	{.name = "limit", .type = PARAM_INT, .min = 1, .max = 1000},
	{.name = "cursor", .type = PARAM_CURSOR, .min = 1, .max = CURSOR_MAX_BYTES},
};

static const struct param tenant_ref_params[] = {
	{.name = "name", .type = PARAM_WORD, .flags = REQ, .min = 1, .max = WORD_MAX_BYTES},
};

static const struct param tenant_delete_params[] = {
	{.name = "name", .type = PARAM_WORD, .flags = REQ, .min = 1, .max = WORD_MAX_BYTES},
	{.name = "keys", .type = PARAM_INT, .min = 0, .max = INT64_MAX},
};

static const struct param user_create_params[] = {
	{.name = "username", .type = PARAM_WORD, .flags = REQ, .min = 1, .max = WORD_MAX_BYTES},
	{.name = "password", .type = PARAM_SECRET},
	{.name = "role", .type = PARAM_CHOICE, .flags = REQ, .choices = roles},
	{.name = "tenant", .type = PARAM_WORD, .min = 1, .max = WORD_MAX_BYTES},
	{.name = "os_account", .type = PARAM_REF, .min = 1, .max = ACCOUNT_MAX_BYTES},
	{.name = "max_keys", .type = PARAM_INT, .min = 1, .max = CAP_MAX},
};

static const struct param user_update_params[] = {
	{.name = "username", .type = PARAM_WORD, .flags = REQ, .min = 1, .max = WORD_MAX_BYTES},
	{.name = "role", .type = PARAM_CHOICE, .choices = roles},
	{.name = "tenant", .type = PARAM_WORD, .min = 1, .max = WORD_MAX_BYTES},
	{.name = "os_account", .type = PARAM_REF, .flags = CLR, .min = 1, .max = ACCOUNT_MAX_BYTES},
	{.name = "max_keys", .type = PARAM_INT, .flags = CLR, .min = 1, .max = CAP_MAX},
};

static const struct param user_list_params[] = {
	{.name = "tenant", .type = PARAM_WORD, .min = 1, .max = WORD_MAX_BYTES},
	{.name = "limit", .type = PARAM_INT, .min = 1, .max = 1000},
	{.name = "cursor", .type = PARAM_CURSOR, .min = 1, .max = CURSOR_MAX_BYTES},
};

static const struct param user_ref_params[] = {
	{.name = "username", .type = PARAM_WORD, .flags = REQ, .min = 1, .max = WORD_MAX_BYTES},
};

static const struct param login_params[] = {
	{.name = "username", .type = PARAM_WORD, .flags = REQ, .min = 1, .max = WORD_MAX_BYTES},
	{.name = "password", .type = PARAM_SECRET, .flags = REQ},
};

static const struct param resume_params[] = {
	{.name = "token", .type = PARAM_SECRET, .flags = REQ},
};

static const struct param auth_key_params[] = {
	{.name = "key", .type = PARAM_SECRET, .flags = REQ},
};

static const struct param recover_params[] = {
	{.name = "username", .type = PARAM_WORD, .flags = REQ, .min = 1, .max = WORD_MAX_BYTES},
	{.name = "code", .type = PARAM_SECRET, .flags = REQ},
	{.name = "new_password", .type = PARAM_SECRET, .flags = REQ},
};

static const struct param set_password_params[] = {
	{.name = "username", .type = PARAM_WORD, .min = 1, .max = WORD_MAX_BYTES},
	{.name = "password", .type = PARAM_SECRET, .flags = REQ},
	{.name = "old_password", .type = PARAM_SECRET},
};

static const struct param user_sessions_params[] = {
	{.name = "username", .type = PARAM_WORD, .min = 1, .max = WORD_MAX_BYTES},
};

static const struct param end_sessions_params[] = {
	{.name = "username", .type = PARAM_WORD, .min = 1, .max = WORD_MAX_BYTES},
	{.name = "id", .type = PARAM_REF, .min = 1, .max = 128},
};

static const struct param usage_query_params[] = {
	{.name = "key", .type = PARAM_REF, .min = 1, .max = 128},
	{.name = "tenant", .type = PARAM_WORD, .min = 1, .max = WORD_MAX_BYTES},
	{.name = "from", .type = PARAM_TIME, .min = 0, .max = TIME_MAX},
	{.name = "to", .type = PARAM_TIME, .min = 0, .max = TIME_MAX},
	{.name = "step", .type = PARAM_CHOICE, .choices = usage_steps},
	{.name = "by", .type = PARAM_CHOICE, .choices = usage_groups},
};

const struct method method_table[METHOD_COUNT] = {
	[METHOD_VERIFY] = {"verify", "Say whether a key is good for what is asked.",
		.reach = REACH_CALLER, .on_verify = true, PARAMS(verify_params)},
	[METHOD_HELLO] = {"hello", "Say who answers, and as whom the caller is known.",
		.reach = REACH_CALLER, .on_verify = true, PARAMS(hello_params)},
	[METHOD_PING] = {"ping", "Answer with the daemon's time.", .reach = REACH_CALLER,
		.on_verify = true},
	[METHOD_KEY_CREATE] = {"key.create", "Make a key; the answer holds it in full, this once.",
		.reach = REACH_TENANT, .least = ROLE_OPERATOR, .changes = true,
		PARAMS(key_create_params)},
	[METHOD_KEY_LIST] = {"key.list", "List keys, a page at a time.", .reach = REACH_TENANT,
		.least = ROLE_VIEWER, .heavy = true, PARAMS(key_list_params)},
	[METHOD_KEY_GET] = {"key.get", "Give one key, by its id or any of its prefixes.",
		.reach = REACH_TENANT, .least = ROLE_VIEWER, PARAMS(key_ref_params)},
	[METHOD_KEY_UPDATE] = {"key.update", "Change fields of a key; nil empties one.",
		.reach = REACH_TENANT, .least = ROLE_OPERATOR, .changes = true,
		PARAMS(key_update_params)},
	[METHOD_KEY_DISABLE] = {"key.disable", "Deny a key until it is enabled again.",
		.reach = REACH_TENANT, .least = ROLE_OPERATOR, .changes = true, .vital = true,
		PARAMS(key_ref_params)},
	[METHOD_KEY_ENABLE] = {"key.enable", "Allow a disabled key again.", .reach = REACH_TENANT,
		.least = ROLE_OPERATOR, .changes = true, PARAMS(key_ref_params)},
	[METHOD_KEY_REVOKE] = {"key.revoke", "Deny a key for good.", .reach = REACH_TENANT,
		.least = ROLE_OPERATOR, .changes = true, .vital = true, PARAMS(key_ref_params)},
	[METHOD_KEY_DELETE] = {"key.delete", "Remove a key and its record.", .reach = REACH_TENANT,
		.least = ROLE_OPERATOR, .changes = true, PARAMS(key_ref_params)},
	[METHOD_KEY_EXPLAIN] = {"key.explain",
		"Go through every check of a verify, and count nothing.", .reach = REACH_TENANT,
		.least = ROLE_VIEWER, PARAMS(key_explain_params)},
	[METHOD_PLAN_CREATE] = {"plan.create", "Make a plan: limits under a name.",
		.reach = REACH_DAEMON, .least = ROLE_ADMIN, .changes = true,
		PARAMS(plan_create_params)},
	[METHOD_PLAN_LIST] = {"plan.list", "List all plans.", .reach = REACH_DAEMON,
		.least = ROLE_ADMIN, .heavy = true},
	[METHOD_PLAN_GET] = {"plan.get", "Give one plan.", .reach = REACH_DAEMON,
		.least = ROLE_ADMIN, PARAMS(plan_ref_params)},
	[METHOD_PLAN_UPDATE] = {"plan.update",
		"Change a plan, and with it all keys on it; nil empties a field.",
		.reach = REACH_DAEMON, .least = ROLE_ADMIN, .changes = true,
		PARAMS(plan_update_params)},
	[METHOD_PLAN_DELETE] = {"plan.delete", "Remove a plan that no key is on.",
		.reach = REACH_DAEMON, .least = ROLE_ADMIN, .changes = true,
		PARAMS(plan_ref_params)},
	[METHOD_TENANT_CREATE] = {"tenant.create",
		"Make a tenant: a customer to whom keys and users belong.", .reach = REACH_TENANT,
		.least = ROLE_ADMIN, .changes = true, PARAMS(tenant_create_params)},
	[METHOD_TENANT_LIST] = {"tenant.list", "List tenants, a page at a time.",
		.reach = REACH_TENANT, .least = ROLE_VIEWER, .heavy = true,
		PARAMS(tenant_list_params)},
	[METHOD_TENANT_GET] = {"tenant.get", "Give one tenant.", .reach = REACH_TENANT,
		.least = ROLE_VIEWER, PARAMS(tenant_ref_params)},
	[METHOD_TENANT_UPDATE] = {"tenant.update", "Change a tenant; nil empties a field.",
		.reach = REACH_TENANT, .least = ROLE_ADMIN, .changes = true,
		PARAMS(tenant_update_params)},
	[METHOD_TENANT_DISABLE] = {"tenant.disable",
		"Deny all keys of a tenant until it is enabled again.", .reach = REACH_TENANT,
		.least = ROLE_ADMIN, .changes = true, .vital = true, PARAMS(tenant_ref_params)},
	[METHOD_TENANT_ENABLE] = {"tenant.enable", "Allow the keys of a disabled tenant again.",
		.reach = REACH_TENANT, .least = ROLE_ADMIN, .changes = true,
		PARAMS(tenant_ref_params)},
	[METHOD_TENANT_DELETE] = {"tenant.delete",
		"Remove a tenant, with its keys where their number is given.",
		.reach = REACH_TENANT, .least = ROLE_ADMIN, .changes = true,
		PARAMS(tenant_delete_params)},
	[METHOD_USER_CREATE] = {"user.create", "Make a user: who may do what, and in which tenant.",
		.reach = REACH_TENANT, .least = ROLE_ADMIN, .changes = true,
		PARAMS(user_create_params)},
	[METHOD_USER_LIST] = {"user.list", "List users, a page at a time.", .reach = REACH_TENANT,
		.least = ROLE_VIEWER, .heavy = true, PARAMS(user_list_params)},
	[METHOD_USER_GET] = {"user.get", "Give one user.", .reach = REACH_TENANT,
		.least = ROLE_VIEWER, PARAMS(user_ref_params)},
	[METHOD_USER_UPDATE] = {"user.update", "Change a user; nil empties a field.",
		.reach = REACH_TENANT, .least = ROLE_ADMIN, .changes = true,
		PARAMS(user_update_params)},
	[METHOD_USER_DISABLE] = {"user.disable", "Shut a user out and deny the keys that it owns.",
		.reach = REACH_TENANT, .least = ROLE_ADMIN, .changes = true, .vital = true,
		PARAMS(user_ref_params)},
	[METHOD_USER_ENABLE] = {"user.enable", "Let a disabled user and its keys in again.",
		.reach = REACH_TENANT, .least = ROLE_ADMIN, .changes = true,
		PARAMS(user_ref_params)},
	[METHOD_USER_DELETE] = {"user.delete", "Remove a user who owns no keys.",
		.reach = REACH_TENANT, .least = ROLE_ADMIN, .changes = true,
		PARAMS(user_ref_params)},
	[METHOD_KEY_ROTATE] = {"key.rotate",
		"Give a key a new secret, this once; older ones verify for a grace time yet.",
		.reach = REACH_TENANT, .least = ROLE_OPERATOR, .changes = true,
		PARAMS(key_rotate_params)},
	[METHOD_ALERT_LIST] = {"alert.list",
		"List what somebody may have to know, the latest first.", .reach = REACH_TENANT,
		.least = ROLE_VIEWER, .heavy = true, PARAMS(alert_list_params)},
	[METHOD_AUDIT_LIST] = {"audit.list", "List who did what, the latest first.",
		.reach = REACH_TENANT, .least = ROLE_VIEWER, .heavy = true,
		PARAMS(audit_list_params)},
	[METHOD_AUDIT_VERIFY] = {"audit.verify",
		"Check that no entry of the audit log was changed, put in or cut off.",
		.reach = REACH_DAEMON, .least = ROLE_ADMIN, .heavy = true,
		PARAMS(audit_verify_params)},
	[METHOD_KEY_IMPORT] = {"key.import", "Make a key of one that is in use elsewhere.",
		.reach = REACH_TENANT, .least = ROLE_OPERATOR, .changes = true,
		PARAMS(key_import_params)},
	[METHOD_EVENTS_SUBSCRIBE] = {"events.subscribe",
		"Send events to this connection as they happen.", .reach = REACH_TENANT,
		.least = ROLE_VIEWER, PARAMS(subscribe_params)},
	[METHOD_EVENTS_UNSUBSCRIBE] = {"events.unsubscribe", "Send no more events.",
		.reach = REACH_TENANT, .least = ROLE_VIEWER},
	[METHOD_BACKUP_CREATE] = {"backup.create",
		"Write a consistent copy of the store to a new file, while it serves.",
		.reach = REACH_DAEMON, .least = ROLE_ADMIN, .heavy = true, PARAMS(backup_params)},
	[METHOD_STATS_GET] = {"stats.get",
		"Give counters, latencies, connections, memory and store size.",
		.reach = REACH_TENANT, .least = ROLE_VIEWER},
	[METHOD_USAGE_QUERY] = {"usage.query",
		"Give what a key, a tenant or all were used for, by the minute, hour or day.",
		.reach = REACH_TENANT, .least = ROLE_VIEWER, .heavy = true,
		PARAMS(usage_query_params)},
	[METHOD_AUTH_LOGIN] = {"auth.login",
		"Begin a session as a user, by name and password; its token is answered this once.",
		.reach = REACH_CALLER, PARAMS(login_params)},
	[METHOD_AUTH_RESUME] = {"auth.resume", "Go on with a session on this connection, too.",
		.reach = REACH_CALLER, PARAMS(resume_params)},
	[METHOD_AUTH_KEY] = {"auth.key", "Act as a key that has a scope of apikeyd's own.",
		.reach = REACH_CALLER, PARAMS(auth_key_params)},
	[METHOD_AUTH_LOGOUT] = {"auth.logout",
		"End the session, and act as what the peer is by itself.", .reach = REACH_CALLER},
	[METHOD_AUTH_WHOAMI] = {"auth.whoami", "Say whom the connection acts as, and by what.",
		.reach = REACH_CALLER},
	[METHOD_AUTH_RECOVER] = {"auth.recover",
		"Set a new password by a one-time code, which is used up.", .reach = REACH_CALLER,
		.changes = true, PARAMS(recover_params)},
	[METHOD_USER_SET_PASSWORD] = {"user.set_password",
		"Set one's own password; the local root may set anybody's.", .least = ROLE_VIEWER,
		.reach = REACH_CALLER, .changes = true, PARAMS(set_password_params)},
	[METHOD_USER_RECOVERY_CODES] = {"user.recovery_codes",
		"Make ten one-time codes of one's own, or one for another user; shown this once.",
		.least = ROLE_VIEWER, .reach = REACH_CALLER, .changes = true,
		PARAMS(user_sessions_params)},
	[METHOD_USER_SESSIONS] = {"user.sessions", "List the sessions of a user.",
		.least = ROLE_VIEWER, .reach = REACH_CALLER, PARAMS(user_sessions_params)},
	[METHOD_USER_END_SESSIONS] = {"user.end_sessions",
		"End all sessions of a user, or one of them.", .least = ROLE_VIEWER,
		.reach = REACH_CALLER, .changes = true, PARAMS(end_sessions_params)},
	[METHOD_DAEMON_RELOAD] = {"daemon.reload",
		"Read the configuration again; a bad one is refused and the old one stays.",
		.reach = REACH_DAEMON, .least = ROLE_ADMIN},
};

enum method_id method_find(struct text name)
{
	for (enum method_id id = 0; id < METHOD_COUNT; id++)
		if (text_equal(name, text_of(method_table[id].name)))
			return id;
	return METHOD_COUNT;
}

const char *role_name(enum role role)
{
	static const char *const names[] = {[ROLE_NONE] = "none",
		[ROLE_VIEWER] = "viewer",
		[ROLE_OPERATOR] = "operator",
		[ROLE_ADMIN] = "admin"};

	return names[role];
}
