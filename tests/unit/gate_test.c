/* gate_test.c - the gate and the people behind it, without a daemon. */
#include <stdio.h>
#include <string.h>

#include "apikeyd/digests.h"
#include "apikeyd/gate.h"
#include "tests/unit/unit.h"

/* Nobody subscribes here. */
void digests_leave(struct digests *g, struct subscription *sub)
{
	(void)g;
	(void)sub;
}

static struct caller caller_of(enum role role, const char *tenant)
{
	struct caller caller = {.authenticated = role != ROLE_NONE, .role = role};

	snprintf(caller.tenant, sizeof caller.tenant, "%s", tenant);
	return caller;
}

static enum apikey_error enter(enum role role, const char *tenant, const struct method *method)
{
	const struct caller caller = caller_of(role, tenant);
	struct failure why;

	return gate_enter(&caller, SOCKET_ADMIN, method, &why);
}

static void every_method_says_whose_things_it_reaches(void **state)
{
	(void)state;
	for (int id = 0; id < METHOD_COUNT; id++)
		assert_int_not_equal(method_table[id].reach, REACH_UNSAID);
}

static void every_role_enters_up_to_itself(void **state)
{
	(void)state;
	for (int id = 0; id < METHOD_COUNT; id++)
		for (int role = ROLE_NONE; role <= ROLE_ADMIN; role++) {
			const struct method *m = &method_table[id];
			enum apikey_error error = enter((enum role)role, "", m);

			if ((enum role)role >= m->least)
				assert_int_equal(error, APIKEY_OK);
			else
				assert_int_equal(error, role == ROLE_NONE ? APIKEY_UNAUTHENTICATED
									  : APIKEY_FORBIDDEN);
		}
}

static void those_of_one_tenant_stay_out_of_what_is_everybodys(void **state)
{
	const struct method unsaid = {.name = "new"};

	(void)state;
	for (int id = 0; id < METHOD_COUNT; id++)
		assert_int_equal(enter(ROLE_ADMIN, "acme", &method_table[id]),
			method_table[id].reach == REACH_DAEMON ? APIKEY_FORBIDDEN : APIKEY_OK);
	assert_int_equal(enter(ROLE_ADMIN, "acme", &unsaid), APIKEY_FORBIDDEN);
	assert_int_equal(enter(ROLE_ADMIN, "", &unsaid), APIKEY_OK);
}

static void verify_sock_serves_three(void **state)
{
	const struct caller admin = caller_of(ROLE_ADMIN, "");
	struct failure why;
	int served = 0;

	(void)state;
	for (int id = 0; id < METHOD_COUNT; id++)
		served += gate_enter(&admin, SOCKET_VERIFY, &method_table[id], &why) == APIKEY_OK;
	assert_int_equal(served, 3);
}

static void a_tenant_sees_its_own(void **state)
{
	const struct caller bound = caller_of(ROLE_VIEWER, "acme"),
			    free = caller_of(ROLE_ADMIN, "");

	(void)state;
	assert_true(gate_sees(&bound, text_of("acme")));
	assert_false(gate_sees(&bound, text_of("acm")));
	assert_false(gate_sees(&bound, text_of("acme2")));
	assert_false(gate_sees(&bound, (struct text){0}));
	assert_true(gate_sees(&free, text_of("acme")));
	assert_true(gate_sees(&free, (struct text){0}));
}

static void a_tenant_that_is_named_must_be_seen(void **state)
{
	const struct caller bound = caller_of(ROLE_VIEWER, "acme");
	struct args args = {.method = &method_table[METHOD_KEY_LIST]};
	struct failure why;
	unsigned i = 0;

	(void)state;
	while (strcmp(args.method->params[i].name, "tenant") != 0)
		i++;
	assert_int_equal(gate_args(&bound, &args, &why), APIKEY_OK);
	args.values[i] = (struct arg){.state = ARG_SET, .text = text_of("acme")};
	assert_int_equal(gate_args(&bound, &args, &why), APIKEY_OK);
	args.values[i].text = text_of("zeta");
	assert_int_equal(gate_args(&bound, &args, &why), APIKEY_NOT_FOUND);
	assert_string_equal(why.text, "no tenant zeta");
}

static bool grants(enum role role, const char *key, const char *scopes, const char *own)
{
	struct caller caller = caller_of(role, "acme");
	struct failure why;

	snprintf(caller.key, sizeof caller.key, "%s", key);
	return gate_grants(&caller, text_of(scopes), text_of(own), &why) == APIKEY_OK;
}

static void nobody_grants_more_than_the_role(void **state)
{
	static const struct {
		const char *scopes;
		enum role least;
	} cases[] = {
		{"", ROLE_NONE},
		{"*", ROLE_NONE},
		{"api* invoices:read", ROLE_NONE},
		{"apikeyd:read", ROLE_VIEWER},
		{"a apikeyd:keys b", ROLE_OPERATOR},
		{"apikeyd:admin", ROLE_ADMIN},
		{"a b apikeyd:*", ROLE_ADMIN},
		{"apikeyd:rea*", ROLE_ADMIN},
		{"apikeyd:new", ROLE_ADMIN},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		for (int role = ROLE_NONE; role <= ROLE_ADMIN; role++)
			assert_int_equal(grants((enum role)role, "", cases[i].scopes, ""),
				(enum role)role >= cases[i].least);
}

static void a_key_grants_what_it_covers(void **state)
{
	(void)state;
	assert_true(grants(ROLE_OPERATOR, "k_1", "a:b a:* apikeyd:read", "apikeyd:keys a:*"));
	assert_true(grants(ROLE_OPERATOR, "k_1", "x *", "apikeyd:keys *"));
	assert_false(grants(ROLE_OPERATOR, "k_1", "a:b", "apikeyd:keys"));
	assert_false(grants(ROLE_OPERATOR, "k_1", "a:b c", "apikeyd:keys a:*"));
	assert_false(grants(ROLE_OPERATOR, "k_1", "a*", "apikeyd:keys a:*"));
	assert_false(grants(ROLE_OPERATOR, "k_1", "*", "apikeyd:keys a"));
	assert_false(grants(ROLE_OPERATOR, "k_1", "apikeyd:admin", "apikeyd:keys apikeyd:admin"));
}

static struct user_record ann_as(enum role role, const char *account)
{
	return (struct user_record){.username = text_of("ann"),
		.tenant = text_of("acme"),
		.role = role,
		.os_account = text_of(account)};
}

static struct caller enter_as(struct people *people, const char *account)
{
	struct caller caller = {.uid = 7};
	struct person person;

	assert_true(people_of_account(people, text_of(account), &person));
	gate_become(&caller, &person, people_version(people));
	return caller;
}

static void a_caller_follows_its_user(void **state)
{
	struct people *people = people_new(NULL);
	struct user_record ann = ann_as(ROLE_OPERATOR, "host-ann");
	struct caller caller;

	(void)state;
	assert_false(people_have_accounts(people));
	assert_true(people_set_user(people, &ann));
	caller = enter_as(people, "host-ann");
	assert_string_equal(caller.tenant, "acme");
	assert_false(gate_refresh(people, &caller));
	ann.max_keys = 5;
	assert_true(people_set_user(people, &ann));
	assert_false(gate_refresh(people, &caller)); /* nothing that concerns it */
	ann.role = ROLE_ADMIN;
	assert_true(people_set_user(people, &ann));
	assert_true(gate_refresh(people, &caller));
	assert_int_equal(caller.role, ROLE_ADMIN);
	assert_string_equal(caller.tenant, "");
	ann.disabled = true;
	assert_true(people_set_user(people, &ann));
	assert_true(gate_refresh(people, &caller));
	assert_false(caller.authenticated);
	assert_int_equal(caller.role, ROLE_NONE);
	assert_int_equal(caller.uid, 7);
	people_free(people);
}

static void another_of_the_same_name_is_not_it(void **state)
{
	struct people *people = people_new(NULL);
	struct user_record ann = ann_as(ROLE_VIEWER, "one");
	struct caller caller, other;

	(void)state;
	assert_true(people_set_user(people, &ann));
	caller = other = enter_as(people, "one");
	ann.os_account = text_of("two");
	assert_true(people_set_user(people, &ann));
	assert_true(gate_refresh(people, &caller));
	assert_false(caller.authenticated);
	caller = enter_as(people, "two");
	assert_true(people_remove_user(people, &ann));
	assert_false(people_have_accounts(people));
	assert_true(people_set_user(people, &ann));
	assert_true(gate_refresh(people, &caller));
	assert_true(gate_refresh(people, &other));
	assert_false(caller.authenticated || other.authenticated);
	people_free(people);
}

static void a_session_is_of_the_user_and_not_of_the_account(void **state)
{
	struct people *people = people_new(NULL);
	struct user_record ann = ann_as(ROLE_VIEWER, "one");
	struct caller caller;

	(void)state;
	assert_true(people_set_user(people, &ann));
	caller = enter_as(people, "one");
	snprintf(caller.session, sizeof caller.session, "s_1");
	ann.os_account = text_of("two");
	assert_true(people_set_user(people, &ann));
	assert_false(gate_refresh(people, &caller));
	assert_true(caller.authenticated);
	ann.role = ROLE_OPERATOR;
	assert_true(people_set_user(people, &ann));
	assert_true(gate_refresh(people, &caller));
	assert_int_equal(caller.role, ROLE_OPERATOR);
	assert_true(people_remove_user(people, &ann));
	assert_true(gate_refresh(people, &caller));
	assert_false(caller.authenticated);
	people_free(people);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_method_says_whose_things_it_reaches),
		cmocka_unit_test(every_role_enters_up_to_itself),
		cmocka_unit_test(those_of_one_tenant_stay_out_of_what_is_everybodys),
		cmocka_unit_test(verify_sock_serves_three),
		cmocka_unit_test(a_tenant_sees_its_own),
		cmocka_unit_test(a_tenant_that_is_named_must_be_seen),
		cmocka_unit_test(nobody_grants_more_than_the_role),
		cmocka_unit_test(a_key_grants_what_it_covers),
		cmocka_unit_test(a_caller_follows_its_user),
		cmocka_unit_test(another_of_the_same_name_is_not_it),
		cmocka_unit_test(a_session_is_of_the_user_and_not_of_the_account),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
