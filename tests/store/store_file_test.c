/* store_file_test.c - the SQLite store's file: made, reopened, refused, damaged. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "apikeyd/store/store.h"
#include "tests/store/keys.h"

#include <cmocka.h> /* last: it defines fail */

#define KEYS 60
#define USER_VERSION_AT 60 /* of the file's head, big-endian */
#define APPLICATION_ID_AT 68

static const struct store_ops *const ops = &store_sqlite;

struct world {
	char *dir;
	char db[512];
	struct pool pool;
	struct failure why;
};

static int set_up(void **state)
{
	struct world *w = calloc(1, sizeof *w);

	w->dir = test_directory();
	snprintf(w->db, sizeof w->db, "%s/apikeyd.db", w->dir);
	*state = w;
	return 0;
}

static int tear_down(void **state)
{
	struct world *w = *state;

	test_remove_directory(w->dir);
	pool_free(&w->pool);
	free(w);
	return 0;
}

static void ok(struct world *w, enum apikey_error error)
{
	if (error != APIKEY_OK)
		fail_msg("%s", w->why.text);
}

static struct store *open_store(struct world *w)
{
	struct store *s = NULL;

	ok(w, ops->open(w->dir, &s, &w->why));
	return s;
}

static void insert_keys(struct world *w, struct store *s, unsigned from, unsigned to)
{
	ok(w, ops->begin(s, &w->why));
	for (unsigned n = from; n < to; n++)
		ok(w, ops->key_insert(s, test_key(&w->pool, n), &w->why));
	ok(w, ops->commit(s, &w->why));
}

static void make_store(struct world *w)
{
	struct store *s = open_store(w);

	insert_keys(w, s, 0, KEYS);
	ops->close(s);
}

struct loaded {
	struct world *w;
	unsigned count;
	bool wrong;
};

static bool load_one(const struct key_record *key, void *arg)
{
	struct loaded *l = arg;

	l->wrong = l->wrong || !test_same(key, test_key(&l->w->pool, l->count));
	l->count++;
	return true;
}

static void assert_keys(struct world *w, struct store *s, unsigned count)
{
	struct loaded l = {.w = w};

	ok(w, ops->load(s, load_one, &l, &w->why));
	assert_int_equal(l.count, count);
	assert_false(l.wrong);
}

/* The whole file, in the pool. */
static struct text read_all(struct world *w, const char *path)
{
	int fd = open(path, O_RDONLY);
	struct stat st;
	char *data;

	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &st), 0);
	data = pool_alloc(&w->pool, (size_t)st.st_size + 1);
	assert_int_equal(read(fd, data, (size_t)st.st_size), st.st_size);
	close(fd);
	return (struct text){data, (size_t)st.st_size};
}

static void write_all(const char *path, const void *data, size_t len)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, data, len), (ssize_t)len);
	close(fd);
}

/* The store as it is on the disk is not opened, the reason holds the word, and no byte changes. */
static void assert_refused(struct world *w, enum apikey_error error, const char *word)
{
	struct text before = read_all(w, w->db);
	struct store *s;

	assert_int_equal(ops->open(w->dir, &s, &w->why), error);
	if (strstr(w->why.text, word) == NULL)
		fail_msg("not a word of %s: %s", word, w->why.text);
	assert_true(text_equal(before, read_all(w, w->db)));
}

static void makes_a_store_for_its_owner_alone(void **state)
{
	struct world *w = *state;
	struct store *s;
	char log[600];
	struct stat st;

	umask(0);
	s = open_store(w);
	insert_keys(w, s, 0, KEYS);
	assert_int_equal(stat(w->db, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	snprintf(log, sizeof log, "%s-wal", w->db);
	assert_int_equal(stat(log, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	ops->close(s);
	s = open_store(w);
	assert_keys(w, s, KEYS);
	ops->close(s);
}

static void makes_a_store_of_an_empty_file(void **state)
{
	struct world *w = *state;
	struct store *s;

	write_all(w->db, "", 0);
	make_store(w);
	s = open_store(w);
	assert_keys(w, s, KEYS);
	ops->close(s);
}

/* As after kill -9: nobody closes the store, its log stays beside it. */
static void keeps_what_is_committed_when_killed(void **state)
{
	struct world *w = *state;
	struct store *s;
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		s = open_store(w);
		insert_keys(w, s, 0, KEYS);
		ok(w, ops->begin(s, &w->why));
		ok(w, ops->key_delete(s, test_id(3), &w->why));
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	s = open_store(w);
	assert_keys(w, s, KEYS);
	ops->close(s);
}

static void lets_only_one_process_in(void **state)
{
	struct world *w = *state;
	struct store *s = open_store(w), *second;
	int status;
	pid_t pid;

	insert_keys(w, s, 0, KEYS);
	if ((pid = fork()) == 0) {
		bool refused = ops->open(w->dir, &second, &w->why) == APIKEY_UNAVAILABLE &&
			       strstr(w->why.text, "in use") != NULL;

		_exit(refused ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	insert_keys(w, s, KEYS, KEYS + 1);
	assert_keys(w, s, KEYS + 1);
	ops->close(s);
}

static void refuses_a_newer_version(void **state)
{
	struct world *w = *state;
	struct text file;

	make_store(w);
	file = read_all(w, w->db);
	((char *)file.data)[USER_VERSION_AT + 3]++;
	write_all(w->db, file.data, file.len);
	assert_refused(w, APIKEY_INTERNAL, "is of version 3, this apikeyd knows up to 2");
}

static void refuses_a_foreign_database(void **state)
{
	struct world *w = *state;
	struct text file;

	make_store(w);
	file = read_all(w, w->db);
	((char *)file.data)[APPLICATION_ID_AT]++;
	write_all(w->db, file.data, file.len);
	assert_refused(w, APIKEY_INTERNAL, "not a store of apikeyd");
	memset((char *)file.data + APPLICATION_ID_AT, 0, 4);
	write_all(w->db, file.data, file.len);
	assert_refused(w, APIKEY_INTERNAL, "not a store of apikeyd");
}

static void refuses_what_is_no_database(void **state)
{
	struct world *w = *state;
	char noise[8192];

	for (size_t i = 0; i < sizeof noise; i++)
		noise[i] = (char)(i * 7);
	write_all(w->db, noise, sizeof noise);
	assert_refused(w, APIKEY_INTERNAL, "damaged");
	write_all(w->db, "short", 5);
	assert_refused(w, APIKEY_INTERNAL, "damaged");
}

static void refuses_a_store_cut_short(void **state)
{
	struct world *w = *state;
	struct text file;

	make_store(w);
	file = read_all(w, w->db);
	write_all(w->db, file.data, file.len - 1);
	assert_refused(w, APIKEY_INTERNAL, "cut short");
	write_all(w->db, file.data, file.len / 2);
	assert_refused(w, APIKEY_INTERNAL, "cut short");
	write_all(w->db, file.data, 100);
	assert_refused(w, APIKEY_INTERNAL, "cut short");
}

static void says_where_it_cannot_be(void **state)
{
	struct world *w = *state;
	char missing[600], long_path[5000];
	struct store *s;

	snprintf(missing, sizeof missing, "%s/missing", w->dir);
	assert_int_equal(ops->open(missing, &s, &w->why), APIKEY_UNAVAILABLE);
	assert_non_null(strstr(w->why.text, "No such file"));
	memset(long_path, 'x', sizeof long_path - 1);
	long_path[sizeof long_path - 1] = '\0';
	assert_int_equal(ops->open(long_path, &s, &w->why), APIKEY_INVALID_ARGUMENT);
}

static void says_that_it_may_not_write(void **state)
{
	struct world *w = *state;
	struct store *s;
	int status;
	pid_t pid;

	make_store(w);
	chmod(w->db, 0444);
	if ((pid = fork()) == 0) {
		/* Root may write anywhere. */
		if (geteuid() == 0 && (chmod(w->dir, 0755) != 0 || setuid(65534) != 0))
			_exit(2);
		chmod(w->dir, 0555);
		_exit(ops->open(w->dir, &s, &w->why) == APIKEY_UNAVAILABLE ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	chmod(w->dir, 0700);
	chmod(w->db, 0600);
}

/* Everything that the damaged store still gives must be right. */
static bool finds_damage(struct world *w)
{
	struct loaded l = {.w = w};
	struct store *s;
	bool found;

	if (ops->open(w->dir, &s, &w->why) != APIKEY_OK)
		return true;
	found = ops->load(s, load_one, &l, &w->why) != APIKEY_OK;
	assert_false(l.wrong);
	assert_true(found || l.count == KEYS);
	ops->close(s);
	return found;
}

static void never_gives_out_a_damaged_key(void **state)
{
	struct world *w = *state;
	struct text file;
	unsigned found = 0, tried = 0;

	make_store(w);
	file = read_all(w, w->db);
	for (size_t at = 0; at < file.len; at += 97, tried++) {
		char *byte = (char *)file.data + at;

		*byte ^= (char)(1 << tried % 8);
		write_all(w->db, file.data, file.len);
		found += finds_damage(w);
		*byte ^= (char)(1 << tried % 8);
	}
	/* Much of the file is unused or is indexes, where a bit more or less does not touch a load. */
	assert_true(found > tried / 20);
}

static bool is_there(const char *path)
{
	return access(path, F_OK) == 0;
}

/* With a change after each step, which goes into the copy, too. */
static void copies_itself_while_it_changes(void **state)
{
	struct world *w = *state;
	struct store *s = open_store(w);
	struct store_backup *b;
	char *to = test_directory(), path[600];
	unsigned keys = 20 * KEYS, steps = 0;
	bool done = false;

	snprintf(path, sizeof path, "%s/apikeyd.db", to);
	insert_keys(w, s, 0, keys);
	ok(w, ops->backup_begin(s, path, &b, &w->why));
	for (; !done; steps++) {
		assert_false(is_there(path));
		if (steps > 0)
			insert_keys(w, s, keys, keys + 1);
		keys += steps > 0;
		ok(w, ops->backup_step(b, &done, &w->why));
	}
	ops->backup_end(b);
	ops->close(s);
	assert_true(steps > 1);
	test_remove_directory(w->dir);
	w->dir = to;
	s = open_store(w);
	assert_keys(w, s, keys);
	ops->close(s);
}

static void leaves_nothing_of_half_a_copy(void **state)
{
	struct world *w = *state;
	struct store *s = open_store(w);
	struct store_backup *b;
	char path[600], partial[620];
	bool done;

	snprintf(path, sizeof path, "%s/copy", w->dir);
	snprintf(partial, sizeof partial, "%s.partial", path);
	insert_keys(w, s, 0, 20 * KEYS);
	ok(w, ops->backup_begin(s, path, &b, &w->why));
	ok(w, ops->backup_step(b, &done, &w->why));
	assert_false(done);
	assert_true(is_there(partial));
	ops->backup_end(b);
	assert_false(is_there(partial) || is_there(path));
	assert_int_equal(ops->backup_begin(s, w->db, &b, &w->why), APIKEY_CONFLICT);
	ops->backup_end(b);
	assert_true(is_there(w->db));
	ops->close(s);
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {T(makes_a_store_for_its_owner_alone),
		T(makes_a_store_of_an_empty_file), T(keeps_what_is_committed_when_killed),
		T(lets_only_one_process_in), T(refuses_a_newer_version),
		T(refuses_a_foreign_database), T(refuses_what_is_no_database),
		T(refuses_a_store_cut_short), T(says_where_it_cannot_be),
		T(says_that_it_may_not_write), T(never_gives_out_a_damaged_key),
		T(copies_itself_while_it_changes), T(leaves_nothing_of_half_a_copy)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
