/* usage_test.c - sums of usage, packs and who has left, on every store. */
#include <stdio.h>
#include <string.h>

#include "apikeyd/store/usage_pack.h"
#include "tests/store/keys.h"
#include "tests/store/world.h"
#include "tests/unit/unit.h"

static void count_row(const struct usage_row *row, void *arg)
{
	struct usage_counts *sum = arg;

	sum->allowed += row->counts.allowed;
	sum->denied += row->counts.denied;
	sum->units += row->counts.units;
}

static void assert_used(
	struct world *w, const char *who, int64_t from, int64_t to, struct usage_counts expected)
{
	for (enum usage_step step = 0; step < USAGE_STEPS; step++) {
		struct usage_span span = {
			step, usage_step_begin(step, from), usage_step_begin(step, to)};
		struct usage_counts sum = {0};

		ok(w, w->ops->usage_query(w->store, &span, text_of(who), count_row, &sum, &w->why));
		assert_memory_equal(&sum, &expected, sizeof sum);
	}
}

static void add_row(struct world *w, const char *who, const char *name, int64_t at)
{
	for (enum usage_step step = 0; step < USAGE_STEPS; step++) {
		struct usage_row row = {
			usage_step_begin(step, at), text_of(who), text_of(name), {5, 2, 30}};

		ok(w, w->ops->usage_add(w->store, step, &row, &w->why));
	}
}

static void adds_up_usage(void **state)
{
	int64_t at = 1700000000, day = 86400;
	struct world *w = *state;

	begin(w);
	add_row(w, "*", "", at);
	add_row(w, "*", "", at + 1);
	add_row(w, "*", "revoked", at);
	add_row(w, "@t", "", at + day);
	commit(w);
	begin(w);
	add_row(w, "@t", "", at);
	w->ops->rollback(w->store);
	assert_used(w, "*", at, at, (struct usage_counts){15, 6, 90});
	assert_used(w, "@t", at, at, (struct usage_counts){0, 0, 0});
	assert_used(w, "@t", at, at + day, (struct usage_counts){5, 2, 30});
	assert_used(w, "@other", at, at + day, (struct usage_counts){0, 0, 0});
}

/* Past the largest number nothing is refused, and the sum stays. */
static void sums_stay_at_the_most(void **state)
{
	struct usage_row row = {60, text_of("*"), text_of(""), {1, 2, INT64_MAX - 5}};
	const struct usage_span span = {USAGE_MINUTE, 60, 60};
	struct usage_counts sum = {0};
	struct world *w = *state;

	begin(w);
	ok(w, w->ops->usage_add(w->store, USAGE_MINUTE, &row, &w->why));
	row.counts.units = 5;
	for (unsigned i = 0; i < 2; i++)
		ok(w, w->ops->usage_add(w->store, USAGE_MINUTE, &row, &w->why));
	commit(w);
	ok(w, w->ops->usage_query(w->store, &span, row.who, count_row, &sum, &w->why));
	assert_true(sum.allowed == 3 && sum.denied == 6 && sum.units == INT64_MAX);
}

static void note_name(const struct usage_row *row, void *arg)
{
	char *seen = arg;

	snprintf(seen + strlen(seen), 100 - strlen(seen), "%.*s=%d ", (int)row->name.len,
		row->name.data, (int)row->counts.units);
}

static void assert_listed(struct world *w, const char *after, unsigned limit, const char *expected)
{
	const struct usage_list list = {USAGE_DAY, 86400, text_of("#*"), text_of(after), limit};
	char seen[100] = "";

	ok(w, w->ops->usage_list(w->store, &list, note_name, seen, &w->why));
	assert_string_equal(seen, expected);
}

static void lists_usage_by_name(void **state)
{
	const char *names[] = {"b", "", "a", "c", "ab", "a"};
	struct world *w = *state;

	begin(w);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		add_row(w, "#*", names[i], 86400);
	add_row(w, "#*", "later", 2 * 86400);
	add_row(w, "#@t", "other", 86400);
	commit(w);
	assert_listed(w, "", 9, "a=60 ab=30 b=30 c=30 ");
	assert_listed(w, "", 4, "a=60 ab=30 b=30 c=30 ");
	assert_listed(w, "", 3, "a=60 ab=30 b=30 ");
	assert_listed(w, "ab", 1, "b=30 ");
	assert_listed(w, "ab", 0, "");
	assert_listed(w, "c", 9, "");
}

static void put_pack(
	struct world *w, enum usage_step step, int64_t at, uint32_t page, const char *pack)
{
	const struct usage_place place = {step, at, page};

	ok(w, w->ops->usage_pack_put(w->store, &place, text_of(pack), &w->why));
}

static void assert_pack(struct world *w, enum usage_step step, int64_t at, const char *expected)
{
	const struct usage_place place = {step, at, 7};
	struct text pack;

	ok(w, w->ops->usage_pack_get(w->store, &w->pool, &place, &pack, &w->why));
	assert_true(text_equal(pack, text_of(expected)));
}

static void note_pack(const struct usage_place *place, struct text pack, void *arg)
{
	char *seen = arg;

	snprintf(seen + strlen(seen), 100 - strlen(seen), "%u/%d=%.*s ", place->page,
		(int)(place->at / 3600), (int)pack.len, pack.data);
}

static void keeps_packs(void **state)
{
	const struct usage_span span = {USAGE_HOUR, 3600, 4 * 3600};
	struct world *w = *state;
	char seen[100] = "";

	begin(w);
	put_pack(w, USAGE_HOUR, 3600, 7, "one");
	put_pack(w, USAGE_HOUR, 3600, 7, "two");
	put_pack(w, USAGE_HOUR, 3600, 8, "other page");
	put_pack(w, USAGE_HOUR, 3 * 3600, 7, "three");
	put_pack(w, USAGE_HOUR, 5 * 3600, 7, "later");
	put_pack(w, USAGE_DAY, 3600, 7, "other step");
	put_pack(w, USAGE_MARKS, 0, 7, "marks");
	put_pack(w, USAGE_RESOURCE_MARKS, 0, 7, "others");
	commit(w);
	assert_pack(w, USAGE_HOUR, 3600, "two");
	assert_pack(w, USAGE_HOUR, 2 * 3600, "");
	ok(w, w->ops->usage_pack_query(w->store, &span, 7, note_pack, seen, &w->why));
	assert_string_equal(seen, "7/1=two 7/3=three ");
	seen[0] = '\0';
	ok(w, w->ops->usage_mark_load(w->store, USAGE_MARKS, note_pack, seen, &w->why));
	assert_string_equal(seen, "7/0=marks ");
}

static void note_leaver(const struct usage_leaver *leaver, void *arg)
{
	char *seen = arg;

	snprintf(seen + strlen(seen), 100 - strlen(seen), "%u%s%s ", leaver->slot,
		leaver->owner.secret.data, leaver->folded ? "-" : "");
}

static void assert_leavers(struct world *w, const char *key, const char *expected)
{
	const struct text whose = key != NULL ? text_of(key) : (struct text){0};
	char seen[100] = "";

	ok(w, w->ops->usage_leaver_list(w->store, whose, note_leaver, seen, &w->why));
	assert_string_equal(seen, expected);
}

static bool is_known(struct world *w, uint32_t slot, const char *secret)
{
	bool known;

	ok(w, w->ops->usage_leaver_known(w->store, slot, text_of(secret), &known, &w->why));
	return known;
}

static void keeps_leavers(void **state)
{
	struct usage_leaver leaver = {
		3, {text_of("k_a"), text_of("t"), text_of("p1")}, 100000, false};
	struct world *w = *state;
	unsigned gone;

	begin(w);
	ok(w, w->ops->usage_leaver_put(w->store, &leaver, &w->why));
	leaver.owner.secret = text_of("p2");
	ok(w, w->ops->usage_leaver_put(w->store, &leaver, &w->why));
	leaver.folded = true;
	ok(w, w->ops->usage_leaver_put(w->store, &leaver, &w->why));
	commit(w);
	assert_leavers(w, NULL, "3p1 ");
	assert_leavers(w, "k_a", "3p1 3p2- ");
	assert_leavers(w, "k_b", "");
	assert_true(is_known(w, 3, "p1") && is_known(w, 3, "p2"));
	assert_false(is_known(w, 3, "p3") || is_known(w, 2, "p1"));
	begin(w);
	ok(w, w->ops->usage_prune(w->store, USAGE_DAY, 100000, 9, &gone, &w->why));
	assert_int_equal(gone, 0);
	ok(w, w->ops->usage_prune(w->store, USAGE_HOUR, 100001, 9, &gone, &w->why));
	assert_int_equal(gone, 0);
	ok(w, w->ops->usage_prune(w->store, USAGE_DAY, 100001, 9, &gone, &w->why));
	assert_int_equal(gone, 1);
	commit(w);
	assert_leavers(w, "k_a", "3p1 ");
}

static void prunes_usage(void **state)
{
	int64_t at = 1700000000 / 86400 * 86400, day = 86400;
	struct world *w = *state;
	unsigned gone;

	begin(w);
	for (int n = 0; n < 3; n++) {
		add_row(w, "*", "", at + n * day);
		add_row(w, "@t", "", at + n * day);
		for (enum usage_step step = 0; step < USAGE_STEPS; step++)
			put_pack(w, step, at + n * day, 7, "pack");
	}
	put_pack(w, USAGE_MARKS, 0, 7, "marks");
	for (enum usage_step step = 0; step < USAGE_STEPS; step++) {
		ok(w, w->ops->usage_prune(w->store, step, at + 2 * day, 3, &gone, &w->why));
		assert_int_equal(gone, 3 + 2);
		ok(w, w->ops->usage_prune(w->store, step, at + 2 * day, 3, &gone, &w->why));
		assert_int_equal(gone, 1);
		ok(w, w->ops->usage_prune(w->store, step, at + 2 * day, 3, &gone, &w->why));
		assert_int_equal(gone, 0);
		assert_pack(w, step, at + day, "");
		assert_pack(w, step, at + 2 * day, "pack");
	}
	commit(w);
	assert_used(w, "*", at, at + 2 * day, (struct usage_counts){5, 2, 30});
	assert_pack(w, USAGE_MARKS, 0, "marks");
}

static void assert_owner(struct slot_owner owner, const struct secret_record *s)
{
	if (s == NULL) {
		assert_null(owner.secret.data);
		return;
	}
	assert_int_equal(owner.slot, s->slot);
	assert_true(text_equal(owner.secret, s->prefix));
}

static void find_owners(struct world *w, struct slot_owner *slots, unsigned count)
{
	bool done = false;

	while (!done)
		ok(w, w->ops->slot_owners(w->store, &w->pool, slots, count, &done, &w->why));
}

static void knows_whose_slots_are(void **state)
{
	struct world *w = *state;
	const struct key_record *two = test_key(&w->pool, 3); /* has two secrets */
	const struct key_record *one = test_key(&w->pool, 5);
	struct slot_owner none[1], before[] = {{.slot = two->secrets[1].slot}},
				   owners[] = {{.slot = 7}, {.slot = two->secrets[0].slot},
					   {.slot = two->secrets[1].slot},
					   {.slot = one->secrets[0].slot}, {.slot = UINT32_MAX}};

	find_owners(w, before, 1);
	assert_owner(before[0], NULL);
	fill(w, 6);
	begin(w);
	ok(w, w->ops->key_delete(w->store, one->id, &w->why));
	find_owners(w, none, 0);
	find_owners(w, owners, 5);
	assert_owner(owners[0], NULL);
	assert_owner(owners[1], &two->secrets[0]);
	assert_owner(owners[2], &two->secrets[1]);
	assert_owner(owners[3], NULL);
	assert_owner(owners[4], NULL);
	w->ops->rollback(w->store);
	find_owners(w, owners, 5);
	assert_owner(owners[3], &one->secrets[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(adds_up_usage),
		T(sums_stay_at_the_most),
		T(lists_usage_by_name),
		T(prunes_usage),
		T(keeps_packs),
		T(keeps_leavers),
		T(knows_whose_slots_are),
	};

	return world_run(tests, sizeof tests / sizeof *tests);
}
