/* chain_test.c - the chain of the audit log: what it takes for whole, and that it takes nothing else. */
#include <string.h>

#include "protocol/audit_chain.h"
#include "tests/unit/unit.h"

#define LENGTH 40

static const uint8_t pepper[CHAIN_PEPPER_BYTES] = "a pepper of thirty-two bytes ...";
static const uint8_t zero[CHAIN_BYTES];

struct log {
	struct chain_root root;
	struct chain chain;
	struct audit_record entries[LENGTH + 1];
	unsigned count;
	struct chain_head head;
};

static struct audit_record entry_of(unsigned n)
{
	static const struct text objects[] = {{NULL, 0}, {"", 0}, {"k_1", 3}, {"k_12", 4}};

	return (struct audit_record){.at = 1000 + n,
		.actor = text_of("root"),
		.action = text_of(n % 2 ? "key.create" : "key.delete"),
		.object = objects[n % 4],
		.outcome = text_of("ok")};
}

static void write_log(struct log *log)
{
	*log = (struct log){.count = LENGTH};
	chain_root(pepper, &log->root);
	chain_seek(&log->root, 0, zero, &log->chain);
	for (unsigned n = 0; n < LENGTH; n++) {
		log->entries[n] = entry_of(n);
		chain_add(&log->chain, &log->entries[n]);
	}
	chain_head_make(&log->root, &log->chain, &log->head);
}

static struct chain_check check_log(const struct log *log)
{
	struct chain_check check;

	chain_check_begin(&check, &log->root);
	for (unsigned n = 0; n < log->count; n++)
		chain_check_entry(&check, &log->entries[n]);
	chain_check_end(&check, &log->root, &log->head);
	return check;
}

static void assert_broken(const struct log *log, int64_t place)
{
	struct chain_check check = check_log(log);

	assert_true(check.broken);
	assert_int_equal(check.broken_at, place);
	assert_true(strlen(check.reason) > 0);
}

static void is_whole(void **state)
{
	struct log log;
	struct chain_check check;

	(void)state;
	write_log(&log);
	check = check_log(&log);
	assert_false(check.broken);
	assert_int_equal(check.chain.seq, LENGTH);
	assert_memory_equal(check.chain.mac, log.head.mac, CHAIN_BYTES);
}

static void an_empty_log_is_whole(void **state)
{
	struct log log = {0};

	(void)state;
	chain_root(pepper, &log.root);
	chain_seek(&log.root, 0, zero, &log.chain);
	chain_head_make(&log.root, &log.chain, &log.head);
	assert_false(check_log(&log).broken);
}

/* Every field, set or not, and the same bytes in the next field. */
static void change(struct audit_record *e, unsigned way)
{
	struct text *texts[] = {
		&e->actor, &e->action, &e->object, &e->tenant, &e->outcome, &e->detail};

	if (way < 6)
		*texts[way] = texts[way]->data == NULL ? text_of("") : text_of("other");
	else if (way < 12)
		*texts[way - 6] = texts[way - 6]->data == NULL ? text_of("x") : (struct text){0};
	else if (way == 12)
		e->at++;
	else if (way < 13 + CHAIN_BYTES)
		e->mac[way - 13] ^= (uint8_t)(1 << way % 8);
	else
		e->actor.len--;
}

static void finds_any_change(void **state)
{
	struct log log;

	(void)state;
	for (unsigned n = 0; n < LENGTH; n += 13)
		for (unsigned way = 0; way <= 13 + CHAIN_BYTES; way++) {
			write_log(&log);
			change(&log.entries[n], way);
			assert_broken(&log, n + 1);
		}
}

static void tells_fields_apart(void **state)
{
	struct log log;

	(void)state;
	write_log(&log);
	log.entries[5].actor = text_of("roo");
	log.entries[5].action = text_of("tkey.create");
	assert_broken(&log, 6);
}

static void finds_what_is_missing(void **state)
{
	struct log log;

	(void)state;
	for (unsigned n = 0; n < LENGTH; n++) {
		write_log(&log);
		memmove(&log.entries[n], &log.entries[n + 1], (LENGTH - n) * sizeof log.entries[0]);
		log.count--;
		assert_broken(&log, n + 1);
	}
}

static void finds_what_is_cut(void **state)
{
	struct log log;

	(void)state;
	for (unsigned n = 0; n < LENGTH; n++) {
		write_log(&log);
		log.count = n;
		assert_broken(&log, n + 1);
	}
}

static void finds_a_forged_head(void **state)
{
	struct log log;

	(void)state;
	for (unsigned bit = 0; bit < 8 * CHAIN_BYTES; bit += 7) {
		write_log(&log);
		log.head.proof[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_broken(&log, LENGTH + 1);
	}
	write_log(&log);
	log.count--;
	log.head.seq--;
	memcpy(log.head.mac, log.entries[LENGTH - 2].mac, CHAIN_BYTES);
	assert_broken(&log, LENGTH);
}

static void finds_an_earlier_head(void **state)
{
	struct log log;
	struct chain early;

	(void)state;
	write_log(&log);
	chain_seek(&log.root, 7, log.entries[6].mac, &early);
	chain_head_make(&log.root, &early, &log.head);
	assert_broken(&log, 8);
	log.count = 7; /* all of it: only a head noted elsewhere tells */
	assert_false(check_log(&log).broken);
}

static void finds_what_a_noted_head_misses(void **state)
{
	struct chain_check check;
	struct log log;

	(void)state;
	write_log(&log);
	chain_check_begin(&check, &log.root);
	chain_check_note(&check, LENGTH + 5, log.head.mac);
	for (unsigned n = 0; n < LENGTH; n++)
		assert_true(chain_check_entry(&check, &log.entries[n]));
	assert_false(chain_check_end(&check, &log.root, &log.head));
	assert_int_equal(check.broken_at, LENGTH + 1);
	chain_check_begin(&check, &log.root);
	chain_check_note(&check, 3, log.head.mac);
	for (unsigned n = 0; n < 3; n++)
		assert_int_equal(chain_check_entry(&check, &log.entries[n]), n < 2);
	assert_int_equal(check.broken_at, 3);
}

static void another_pepper_fits_nothing(void **state)
{
	struct log log;

	(void)state;
	write_log(&log);
	chain_root((const uint8_t *)"another pepper of as many bytes.", &log.root);
	assert_broken(&log, 1);
}

/* Keys come in blocks: the way over their borders is the same by steps and at once. */
static void seeks_as_it_steps(void **state)
{
	struct chain_root root;
	struct chain walked, sought;
	struct audit_record entry;

	(void)state;
	chain_root(pepper, &root);
	chain_seek(&root, 0, zero, &walked);
	for (int64_t n = 1; n <= 2 * CHAIN_BLOCK + 2; n++) {
		entry = entry_of((unsigned)n);
		chain_add(&walked, &entry);
		assert_int_equal(entry.seq, n);
		if (n % CHAIN_BLOCK > 2 && n % CHAIN_BLOCK < CHAIN_BLOCK - 2)
			continue;
		chain_seek(&root, n, entry.mac, &sought);
		assert_memory_equal(&sought, &walked, sizeof sought);
	}
}

static void no_two_keys_are_alike(void **state)
{
	struct chain_root root;
	struct chain a, b;

	(void)state;
	chain_root(pepper, &root);
	for (int64_t n = 0; n < 3 * CHAIN_BLOCK; n += CHAIN_BLOCK / 2 - 1)
		for (int64_t m = n + 1; m < 3 * CHAIN_BLOCK; m += CHAIN_BLOCK / 2 + 1) {
			chain_seek(&root, n, zero, &a);
			chain_seek(&root, m, zero, &b);
			assert_memory_not_equal(a.key, b.key, CHAIN_BYTES);
		}
}

static void writes_and_reads_places(void **state)
{
	static const char *const bad[] = {
		"", ":", "1", "1:", "x:00", "-1:00", "1:abc", "99999999999999999999:00"};
	struct log log;
	struct chain_head head;
	uint8_t stored[CHAIN_HEAD_BYTES], mac[CHAIN_BYTES];
	char text[CHAIN_PLACE_TEXT];
	int64_t seq;

	(void)state;
	write_log(&log);
	chain_head_write(&log.head, stored);
	assert_true(
		chain_head_read(&log.root, (struct text){(char *)stored, sizeof stored}, &head));
	assert_memory_equal(&head, &log.head, sizeof head);
	for (size_t len = 0; len < sizeof stored; len++)
		assert_false(chain_head_read(&log.root, (struct text){(char *)stored, len}, &head));
	chain_place_format(head.seq, head.mac, text);
	assert_true(chain_place_parse(text, &seq, mac));
	assert_int_equal(seq, LENGTH);
	assert_memory_equal(mac, head.mac, CHAIN_BYTES);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_false(chain_place_parse(bad[i], &seq, mac));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_whole),
		cmocka_unit_test(an_empty_log_is_whole),
		cmocka_unit_test(finds_any_change),
		cmocka_unit_test(tells_fields_apart),
		cmocka_unit_test(finds_what_is_missing),
		cmocka_unit_test(finds_what_is_cut),
		cmocka_unit_test(finds_a_forged_head),
		cmocka_unit_test(finds_an_earlier_head),
		cmocka_unit_test(finds_what_a_noted_head_misses),
		cmocka_unit_test(another_pepper_fits_nothing),
		cmocka_unit_test(seeks_as_it_steps),
		cmocka_unit_test(no_two_keys_are_alike),
		cmocka_unit_test(writes_and_reads_places),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
