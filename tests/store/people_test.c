/* people_test.c - tenants, users and the count of their keys, on every store. */
#include "apikeyd/store/store.h"
#include "tests/store/keys.h"
#include "tests/store/world.h"
#include "tests/unit/unit.h"

static void is(struct text t, const char *expected)
{
	if (expected == NULL)
		assert_null(t.data);
	else
		assert_true(t.data != NULL && text_equal(t, text_of(expected)));
}

static void put_tenant(struct world *w, const char *name)
{
	const struct tenant_record tenant = {.name = text_of(name), .created_at = 7};

	ok(w, w->ops->tenant_put(w->store, &tenant, &w->why));
}

static struct user_record user_of(const char *name, const char *tenant, enum role role)
{
	return (struct user_record){
		.username = text_of(name), .tenant = text_of(tenant), .role = role};
}

static void put_user(struct world *w, const char *name, const char *tenant, enum role role)
{
	const struct user_record user = user_of(name, tenant, role);

	ok(w, w->ops->user_put(w->store, &user, &w->why));
}

static enum apikey_error get_tenant(struct world *w, const char *name, struct tenant_record *out)
{
	return w->ops->tenant_get(w->store, &w->pool, text_of(name), out, &w->why);
}

static enum apikey_error get_user(struct world *w, const char *name, struct user_record *out)
{
	return w->ops->user_get(w->store, &w->pool, text_of(name), out, &w->why);
}

static void has_the_first_tenant(void **state)
{
	struct world *w = *state;
	struct tenant_record tenant;

	ok(w, get_tenant(w, TENANT_DEFAULT, &tenant));
	assert_true(tenant.created_at > 0);
	assert_false(tenant.disabled);
	assert_int_equal(tenant.max_keys, 0);
}

static void gives_back_a_tenant(void **state)
{
	const struct tenant_record made = {.name = text_of("acme"),
		.plan = text_of("gold"),
		.created_by = text_of("anna"),
		.max_keys = 5,
		.created_at = 1000,
		.disabled = true,
		.keys = 99};
	struct world *w = *state;
	struct tenant_record found;

	assert_int_equal(get_tenant(w, "acme", &found), APIKEY_NOT_FOUND);
	assert_string_equal(w->why.text, "no tenant acme");
	begin(w);
	put_tenant(w, "acme");
	ok(w, w->ops->tenant_put(w->store, &made, &w->why)); /* replaces */
	commit(w);
	ok(w, get_tenant(w, "acme", &found));
	is(found.name, "acme");
	is(found.plan, "gold");
	is(found.created_by, "anna");
	assert_int_equal(found.max_keys, 5);
	assert_int_equal(found.created_at, 1000);
	assert_true(found.disabled);
	assert_int_equal(found.keys, 0);
	assert_int_equal(found.users, 0);
}

static void gives_back_a_user(void **state)
{
	const struct user_record made = {.username = text_of("anna"),
		.tenant = text_of("acme"),
		.role = ROLE_OPERATOR,
		.os_account = text_of("anna-on-this-host"),
		.password = {"\x00\xff", 2},
		.created_by = text_of("root"),
		.max_keys = 3,
		.created_at = 1000,
		.last_login_at = 2000,
		.disabled = true};
	struct world *w = *state;
	struct user_record found;

	assert_int_equal(get_user(w, "anna", &found), APIKEY_NOT_FOUND);
	assert_string_equal(w->why.text, "no user anna");
	begin(w);
	put_user(w, "anna", "default", ROLE_VIEWER);
	ok(w, w->ops->user_put(w->store, &made, &w->why)); /* replaces */
	commit(w);
	ok(w, get_user(w, "anna", &found));
	is(found.username, "anna");
	is(found.tenant, "acme");
	is(found.os_account, "anna-on-this-host");
	is(found.created_by, "root");
	assert_true(text_equal(found.password, (struct text){"\x00\xff", 2}));
	assert_int_equal(found.role, ROLE_OPERATOR);
	assert_int_equal(found.max_keys, 3);
	assert_int_equal(found.created_at, 1000);
	assert_int_equal(found.last_login_at, 2000);
	assert_true(found.disabled);
}

static void lists_tenants_by_name(void **state)
{
	static const char *const sorted[] = {"a", "a-longer", "c", TENANT_DEFAULT};
	struct world *w = *state;
	struct tenant_record *found;
	struct text after = {0};
	unsigned count;

	begin(w);
	put_tenant(w, "c");
	put_tenant(w, "a-longer");
	put_tenant(w, "a");
	commit(w);
	for (size_t i = 0; i < 4; i++) {
		ok(w, w->ops->tenant_list(w->store, &w->pool, after, 1, &found, &count, &w->why));
		assert_int_equal(count, 1);
		is(found->name, sorted[i]);
		after = found->name;
	}
	ok(w, w->ops->tenant_list(w->store, &w->pool, after, 1, &found, &count, &w->why));
	assert_int_equal(count, 0);
	after = text_of("b"); /* need not be there */
	ok(w, w->ops->tenant_list(w->store, &w->pool, after, 9, &found, &count, &w->why));
	assert_int_equal(count, 2);
	is(found[0].name, "c");
}

static void lists_users_of_a_tenant(void **state)
{
	struct world *w = *state;
	struct user_query query = {.limit = 9};
	struct user_record *found;
	unsigned count;

	begin(w);
	put_user(w, "c", "acme", ROLE_VIEWER);
	put_user(w, "b", "zeta", ROLE_VIEWER);
	put_user(w, "a", "acme", ROLE_OPERATOR);
	commit(w);
	ok(w, w->ops->user_list(w->store, &w->pool, &query, &found, &count, &w->why));
	assert_int_equal(count, 3);
	is(found[0].username, "a");
	is(found[2].username, "c");
	query.tenant = text_of("acme");
	query.limit = 1;
	ok(w, w->ops->user_list(w->store, &w->pool, &query, &found, &count, &w->why));
	assert_int_equal(count, 1);
	is(found[0].username, "a");
	query.after = text_of("a");
	query.limit = 9;
	ok(w, w->ops->user_list(w->store, &w->pool, &query, &found, &count, &w->why));
	assert_int_equal(count, 1);
	is(found[0].username, "c");
}

static void counts_users_by_role(void **state)
{
	struct world *w = *state;
	struct user_record off = user_of("off", "default", ROLE_ADMIN);
	int64_t count;

	off.disabled = true;
	ok(w, w->ops->user_count(w->store, ROLE_ADMIN, &count, &w->why));
	assert_int_equal(count, 0);
	begin(w);
	put_user(w, "one", "default", ROLE_ADMIN);
	put_user(w, "two", "default", ROLE_OPERATOR);
	ok(w, w->ops->user_put(w->store, &off, &w->why));
	/* Also what is not committed yet: changes are checked one after the other. */
	ok(w, w->ops->user_count(w->store, ROLE_ADMIN, &count, &w->why));
	assert_int_equal(count, 1);
	commit(w);
}

static void gives_an_account_to_one(void **state)
{
	struct world *w = *state;
	struct user_record one = user_of("one", "default", ROLE_VIEWER),
			   two = user_of("two", "default", ROLE_VIEWER);
	struct user_record found;

	one.os_account = two.os_account = text_of("ssh");
	begin(w);
	ok(w, w->ops->user_put(w->store, &one, &w->why));
	ok(w, w->ops->user_put(w->store, &one, &w->why)); /* its own */
	assert_int_equal(w->ops->user_put(w->store, &two, &w->why), APIKEY_CONFLICT);
	assert_string_equal(w->why.text, "os_account: another user has ssh");
	put_user(w, "one", "default", ROLE_VIEWER); /* lets go of it */
	ok(w, w->ops->user_put(w->store, &two, &w->why));
	commit(w);
	ok(w, get_user(w, "two", &found));
	is(found.os_account, "ssh");
}

static void insert(struct world *w, unsigned n, const char *owner, bool revoked)
{
	struct key_record *key = test_key(&w->pool, n);

	key->tenant = text_of("acme");
	key->owner = text_of(owner);
	key->revoked_at = revoked ? 5 : STORE_NEVER;
	ok(w, w->ops->key_insert(w->store, key, &w->why));
}

static int64_t live(struct world *w, const char *tenant, const char *owner)
{
	int64_t count = -1;

	ok(w, w->ops->key_count(w->store, text_of(tenant), text_of(owner), &count, &w->why));
	return count;
}

static void counts_keys(void **state)
{
	struct world *w = *state;
	struct tenant_record found;

	begin(w);
	put_tenant(w, "acme");
	put_user(w, "anna", "acme", ROLE_VIEWER);
	insert(w, 1, "anna", false);
	insert(w, 2, "anna", true);
	insert(w, 3, "bert", false);
	assert_int_equal(live(w, "acme", "anna"), 1);
	assert_int_equal(live(w, "acme", NULL), 2);
	assert_int_equal(live(w, "acme", "nobody"), 0);
	assert_int_equal(live(w, "zeta", NULL), 0);
	commit(w);
	ok(w, get_tenant(w, "acme", &found));
	assert_int_equal(found.keys, 3);
	assert_int_equal(found.revoked, 1);
	assert_int_equal(found.users, 1);
}

static void is_taken_back_and_deleted(void **state)
{
	struct world *w = *state;
	struct tenant_record tenant;
	struct user_record user;

	begin(w);
	put_tenant(w, "stays");
	put_user(w, "stays", "stays", ROLE_VIEWER);
	ok(w, w->ops->savepoint(w->store, &w->why));
	put_tenant(w, "goes");
	put_user(w, "goes", "goes", ROLE_VIEWER);
	w->ops->revert(w->store);
	commit(w);
	assert_int_equal(get_tenant(w, "goes", &tenant), APIKEY_NOT_FOUND);
	assert_int_equal(get_user(w, "goes", &user), APIKEY_NOT_FOUND);
	ok(w, get_user(w, "stays", &user));
	begin(w);
	ok(w, w->ops->tenant_delete(w->store, text_of("stays"), &w->why));
	ok(w, w->ops->tenant_delete(w->store, text_of("never-was"), &w->why));
	ok(w, w->ops->user_delete(w->store, text_of("stays"), &w->why));
	ok(w, w->ops->user_delete(w->store, text_of("never-was"), &w->why));
	commit(w);
	assert_int_equal(get_tenant(w, "stays", &tenant), APIKEY_NOT_FOUND);
	assert_int_equal(get_user(w, "stays", &user), APIKEY_NOT_FOUND);
}

static void changes_only_in_a_transaction(void **state)
{
	const struct tenant_record tenant = {.name = text_of("acme")};
	const struct user_record user = user_of("anna", "acme", ROLE_VIEWER);
	struct world *w = *state;

	assert_int_equal(w->ops->tenant_put(w->store, &tenant, &w->why), APIKEY_UNAVAILABLE);
	assert_int_equal(w->ops->tenant_delete(w->store, tenant.name, &w->why), APIKEY_UNAVAILABLE);
	assert_int_equal(w->ops->user_put(w->store, &user, &w->why), APIKEY_UNAVAILABLE);
	assert_int_equal(w->ops->user_delete(w->store, user.username, &w->why), APIKEY_UNAVAILABLE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(has_the_first_tenant),
		T(gives_back_a_tenant),
		T(gives_back_a_user),
		T(lists_tenants_by_name),
		T(lists_users_of_a_tenant),
		T(counts_users_by_role),
		T(gives_an_account_to_one),
		T(counts_keys),
		T(is_taken_back_and_deleted),
		T(changes_only_in_a_transaction),
	};

	return world_run(tests, sizeof tests / sizeof *tests);
}
