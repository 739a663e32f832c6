/* log_test.c - the audit log as the daemon keeps it, on every store: the chain holds whatever becomes of a change. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "apikeyd/audit.h"
#include "apikeyd/log.h"
#include "tests/store/keys.h"

#include <cmocka.h> /* last: it defines fail */

static const uint8_t pepper[CHAIN_PEPPER_BYTES] = "a pepper of thirty-two bytes ...";

struct world {
	const struct store_ops *ops;
	char *dir;
	struct store *store;
	struct audit *audit;
	struct pool pool;
	struct failure why;
};

static const struct store_ops *backend;

static void ok(struct world *w, enum apikey_error error)
{
	if (error != APIKEY_OK)
		fail_msg("%s", w->why.text);
}

static int set_up(void **state)
{
	struct world *w = calloc(1, sizeof *w);

	log_set_level((enum log_level)0);
	w->ops = backend;
	w->dir = test_directory();
	ok(w, w->ops->open(w->dir, &w->store, &w->why));
	w->audit = audit_new(w->ops, w->store, pepper);
	ok(w, audit_open(w->audit, 1, &w->why));
	*state = w;
	return 0;
}

static int tear_down(void **state)
{
	struct world *w = *state;

	audit_free(w->audit);
	w->ops->close(w->store);
	test_remove_directory(w->dir);
	pool_free(&w->pool);
	free(w);
	return 0;
}

static void begin(struct world *w)
{
	ok(w, w->ops->begin(w->store, &w->why));
}

static void commit(struct world *w)
{
	ok(w, w->ops->commit(w->store, &w->why));
}

static struct audit_record entry_at(int64_t at, const char *actor, const char *object)
{
	return (struct audit_record){.at = at,
		.actor = text_of(actor),
		.action = text_of(at % 2 ? "key.create" : "key.delete"),
		.object = text_of(object),
		.tenant = at % 3 ? text_of("default") : (struct text){0},
		.outcome = text_of("ok"),
		.detail = text_of("")};
}

static int64_t append(struct world *w, int64_t at, const char *actor, const char *object)
{
	struct audit_record entry = entry_at(at, actor, object);

	ok(w, audit_append(w->audit, &entry, &w->why));
	return entry.seq;
}

static struct chain_check check(struct world *w, unsigned limit)
{
	struct chain_check check;
	bool done = false;

	ok(w, audit_check_begin(w->audit, &check, &w->why));
	while (!done)
		ok(w, audit_check_step(w->audit, &check, limit, &done, &w->why));
	return check;
}

static void assert_whole(struct world *w, int64_t entries)
{
	for (unsigned limit = 1; limit < 10; limit += 3) {
		struct chain_check c = check(w, limit);

		assert_false(c.broken);
		assert_int_equal(c.chain.seq, entries);
	}
}

static void keeps_the_chain(void **state)
{
	struct world *w = *state;

	assert_whole(w, 0);
	for (int64_t n = 1; n <= 9; n++) {
		begin(w);
		assert_int_equal(append(w, n, "root", "k_1"), n);
		commit(w);
		assert_whole(w, n);
	}
}

static void goes_back_with_a_change(void **state)
{
	struct world *w = *state;

	begin(w);
	append(w, 1, "root", "k_1");
	ok(w, w->ops->savepoint(w->store, &w->why));
	append(w, 2, "root", "k_2");
	append(w, 3, "root", "k_3");
	w->ops->revert(w->store);
	assert_int_equal(append(w, 4, "root", "k_4"), 2);
	commit(w);
	assert_whole(w, 2);
	begin(w);
	append(w, 5, "root", "k_5");
	w->ops->rollback(w->store);
	assert_whole(w, 2);
	begin(w);
	assert_int_equal(append(w, 6, "root", "k_6"), 3);
	commit(w);
	assert_whole(w, 3);
}

static void goes_on_at_the_next_start(void **state)
{
	struct world *w = *state;

	begin(w);
	append(w, 1, "root", "k_1");
	commit(w);
	audit_free(w->audit);
	w->audit = audit_new(w->ops, w->store, pepper);
	ok(w, audit_open(w->audit, 2, &w->why));
	begin(w);
	assert_int_equal(append(w, 2, "root", "k_2"), 2);
	commit(w);
	assert_whole(w, 2);
}

static void takes_over_entries_without_a_chain(void **state)
{
	struct world *w = *state;
	static const uint8_t none[CHAIN_BYTES];

	begin(w);
	for (int64_t n = 1; n <= 5; n++) {
		append(w, n, "root", "k_1");
		ok(w, w->ops->audit_seal(w->store, n, none, &w->why));
	}
	ok(w, w->ops->note_put(w->store, CHAIN_NOTE, text_of(""), &w->why));
	commit(w);
	assert_int_equal(check(w, 10).broken_at, 1);
	audit_free(w->audit);
	w->audit = audit_new(w->ops, w->store, pepper);
	ok(w, audit_open(w->audit, 9, &w->why));
	assert_whole(w, 5);
}

/* A chain cannot be made to begin anew over entries that have one. */
static void does_not_forget_a_chain(void **state)
{
	struct world *w = *state;

	begin(w);
	for (int64_t n = 1; n <= 5; n++)
		append(w, n, "root", "k_1");
	ok(w, w->ops->note_put(w->store, CHAIN_NOTE, text_of(""), &w->why));
	commit(w);
	ok(w, audit_open(w->audit, 9, &w->why));
	assert_true(check(w, 10).broken);
	assert_int_equal(check(w, 10).broken_at, 6);
}

static void is_shut_while_sealed(void **state)
{
	struct world *w = *state;
	struct audit_record entry = entry_at(1, "root", "k_1");
	struct audit *sealed = audit_new(w->ops, w->store, NULL);
	struct chain_head head;

	ok(w, audit_open(sealed, 1, &w->why));
	begin(w);
	assert_int_equal(audit_append(sealed, &entry, &w->why), APIKEY_UNAVAILABLE);
	commit(w);
	assert_int_equal(audit_head(sealed, &head, &w->why), APIKEY_UNAVAILABLE);
	audit_free(sealed);
	assert_whole(w, 0);
}

static void refuses_an_entry_out_of_the_chain(void **state)
{
	struct world *w = *state;
	struct audit_record entry = entry_at(1, "root", "k_1");

	begin(w);
	assert_int_equal(w->ops->audit_append(w->store, &entry, &w->why), APIKEY_INTERNAL);
	append(w, 1, "root", "k_1");
	entry.seq = 1;
	assert_int_equal(w->ops->audit_append(w->store, &entry, &w->why), APIKEY_CONFLICT);
	commit(w);
	assert_whole(w, 1);
}

/* ---- listing ---- */

#define ENTRIES 200

/* Times repeat and go back; actors and objects repeat. */
static void fill(struct world *w)
{
	static const char *const actors[] = {"root", "anna", "bert"};
	static const char *const objects[] = {"k_1", "k_2", "k_3", "k_4", "k_5"};

	begin(w);
	for (int n = 0; n < ENTRIES; n++)
		append(w, 1000 + n * 37 % 60, actors[n % 3], objects[n % 5]);
	commit(w);
}

static struct audit_query query_of(unsigned n)
{
	struct audit_query q = {.chain_order = n & 1};

	if (n & 2)
		q.actor = text_of("anna");
	if (n & 4)
		q.action = text_of("key.create");
	if (n & 8)
		q.object = text_of("k_3");
	if (n & 16)
		q.tenant = text_of("default");
	if (n & 32)
		q.from = 1020;
	if (n & 64)
		q.to = 1040;
	if (n & 128)
		q.since = 20;
	return q;
}

static bool is_wanted(const struct audit_query *q, const struct audit_record *e)
{
	return (q->actor.data == NULL || text_equal(q->actor, e->actor)) &&
	       (q->action.data == NULL || text_equal(q->action, e->action)) &&
	       (q->object.data == NULL || text_equal(q->object, e->object)) &&
	       (q->tenant.data == NULL ||
		       (e->tenant.data != NULL && text_equal(q->tenant, e->tenant))) &&
	       e->seq > q->since && e->at >= q->from && (q->to == 0 || e->at <= q->to);
}

struct gathering {
	struct world *w;
	const struct audit_query *query;
	unsigned wanted;
};

static bool gather(const struct audit_record *entry, void *arg)
{
	struct gathering *g = arg;

	g->wanted += is_wanted(g->query, entry);
	return true;
}

static bool comes_before(
	const struct audit_query *q, const struct audit_record *a, const struct audit_record *b)
{
	if (q->chain_order)
		return a->seq < b->seq;
	return a->at > b->at || (a->at == b->at && a->seq > b->seq);
}

/* All pages of a query: in order, none twice, none left out. */
static void lists_every_way(void **state)
{
	struct world *w = *state;
	unsigned total = 0;

	fill(w);
	for (unsigned n = 0; n < 256; n++) {
		struct audit_query q = query_of(n);
		struct gathering g = {w, &q, 0};
		struct audit_record last = {0};
		struct audit_page page;
		unsigned found = 0;

		q.limit = 1 + n % 17;
		ok(w, w->ops->audit_walk(w->store, INT64_MIN, ENTRIES + 1, gather, &g, &w->why));
		do {
			ok(w, w->ops->audit_list(w->store, &w->pool, &q, &page, &w->why));
			assert_true(page.count <= q.limit);
			for (unsigned i = 0; i < page.count; i++, found++) {
				assert_true(is_wanted(&q, page.entries[i]));
				assert_true(found == 0 || comes_before(&q, &last, page.entries[i]));
				last = *page.entries[i];
			}
			q.cursor = page.next;
		} while (page.next.data != NULL);
		assert_int_equal(found, g.wanted);
		total += found;
	}
	assert_true(total > 10 * ENTRIES);
}

static void gives_back_every_field(void **state)
{
	struct world *w = *state;
	struct audit_query q = {.limit = 10};
	struct audit_page page;
	struct audit_record entry = {.at = 5, .action = text_of("a"), .detail = text_of("")};

	begin(w);
	ok(w, audit_append(w->audit, &entry, &w->why));
	commit(w);
	ok(w, w->ops->audit_list(w->store, &w->pool, &q, &page, &w->why));
	assert_int_equal(page.count, 1);
	assert_int_equal(page.entries[0]->seq, 1);
	assert_null(page.entries[0]->actor.data);
	assert_null(page.entries[0]->tenant.data);
	assert_non_null(page.entries[0]->detail.data);
	assert_int_equal(page.entries[0]->detail.len, 0);
	assert_memory_equal(page.entries[0]->mac, entry.mac, CHAIN_BYTES);
}

static void refuses_bad_pages(void **state)
{
	struct world *w = *state;
	struct audit_page page;
	struct audit_query q = {.limit = 0};

	fill(w);
	assert_int_equal(w->ops->audit_list(w->store, &w->pool, &q, &page, &w->why),
		APIKEY_INVALID_ARGUMENT);
	q.limit = STORE_PAGE_MAX + 1;
	assert_int_equal(w->ops->audit_list(w->store, &w->pool, &q, &page, &w->why),
		APIKEY_INVALID_ARGUMENT);
	q.limit = 5;
	q.cursor = text_of("00");
	assert_int_equal(w->ops->audit_list(w->store, &w->pool, &q, &page, &w->why),
		APIKEY_INVALID_ARGUMENT);
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	static const struct store_ops *const backends[] = {&store_memory, &store_sqlite};
	const struct CMUnitTest tests[] = {T(keeps_the_chain), T(goes_back_with_a_change),
		T(goes_on_at_the_next_start), T(takes_over_entries_without_a_chain),
		T(does_not_forget_a_chain), T(is_shut_while_sealed),
		T(refuses_an_entry_out_of_the_chain), T(lists_every_way), T(gives_back_every_field),
		T(refuses_bad_pages)};
	int failed = 0;

	for (size_t i = 0; i < sizeof backends / sizeof *backends; i++) {
		backend = backends[i];
		failed += cmocka_run_group_tests_name(backend->name, tests, NULL, NULL);
	}
	return failed;
}
