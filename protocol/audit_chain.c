/* audit_chain.c - the chain that proves the audit log whole. */
#include "protocol/audit_chain.h"

#include <endian.h>
#include <inttypes.h>
#include <sodium/crypto_generichash.h>
#include <sodium/crypto_verify_32.h>
#include <sodium/utils.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIELDS 6
#define NOT_SET UINT32_MAX /* the length of a field that is not there */

/* What is hashed before the fields. Everything has its fixed place, and lengths come before texts, so that no two
 * entries are hashed alike. Numbers are little-endian. */
struct entry_head {
	uint64_t seq, at;
	uint8_t mac[CHAIN_BYTES]; /* of the entry before */
	uint32_t lengths[FIELDS];
};

_Static_assert(sizeof(struct entry_head) == 72, "no padding is hashed");

/* BLAKE2b-256 over key ‖ label: one block. */
static void derive(const uint8_t key[CHAIN_BYTES], const char *label, uint8_t out[CHAIN_BYTES])
{
	uint8_t input[CHAIN_BYTES + 32];
	size_t len = strlen(label);

	memcpy(input, key, CHAIN_BYTES);
	memcpy(input + CHAIN_BYTES, label, len);
	crypto_generichash(out, CHAIN_BYTES, input, CHAIN_BYTES + len, NULL, 0);
	sodium_memzero(input, sizeof input);
}

void chain_root(const uint8_t pepper[CHAIN_PEPPER_BYTES], struct chain_root *out)
{
	static const char entries[] = "apikeyd audit", head[] = "apikeyd audit head";

	crypto_generichash(out->entries, CHAIN_BYTES, (const uint8_t *)entries, sizeof entries - 1,
		pepper, CHAIN_PEPPER_BYTES);
	crypto_generichash(out->head, CHAIN_BYTES, (const uint8_t *)head, sizeof head - 1, pepper,
		CHAIN_PEPPER_BYTES);
}

/* From `block`, which is used up: its first key, and what the next block comes from. */
static void begin_block(struct chain *chain)
{
	derive(chain->block, "entries", chain->key);
	derive(chain->block, "block", chain->block);
}

/* On to the key of the entry after seq. */
static void next_key(struct chain *chain, int64_t seq)
{
	if (seq % CHAIN_BLOCK == 0)
		begin_block(chain);
	else
		derive(chain->key, "next", chain->key);
}

void chain_seek(const struct chain_root *root, int64_t seq, const uint8_t mac[CHAIN_BYTES],
	struct chain *out)
{
	memcpy(out->block, root->entries, CHAIN_BYTES);
	for (int64_t block = 0; block <= seq / CHAIN_BLOCK; block++)
		begin_block(out);
	for (int64_t i = 0; i < seq % CHAIN_BLOCK; i++)
		derive(out->key, "next", out->key);
	out->seq = seq;
	memcpy(out->mac, mac, CHAIN_BYTES);
}

/* The MAC of an entry as the next one of the chain. */
static void entry_mac(
	const struct chain *chain, const struct audit_record *entry, uint8_t out[CHAIN_BYTES])
{
	const struct text fields[FIELDS] = {entry->actor, entry->action, entry->object,
		entry->tenant, entry->outcome, entry->detail};
	struct entry_head head = {
		.seq = htole64((uint64_t)chain->seq + 1),
		.at = htole64((uint64_t)entry->at),
	};
	crypto_generichash_state state;

	memcpy(head.mac, chain->mac, CHAIN_BYTES);
	for (int i = 0; i < FIELDS; i++)
		head.lengths[i] =
			htole32(fields[i].data == NULL ? NOT_SET : (uint32_t)fields[i].len);
	crypto_generichash_init(&state, chain->key, CHAIN_BYTES, CHAIN_BYTES);
	crypto_generichash_update(&state, (const uint8_t *)&head, sizeof head);
	for (int i = 0; i < FIELDS; i++)
		if (fields[i].len > 0)
			crypto_generichash_update(
				&state, (const uint8_t *)fields[i].data, fields[i].len);
	crypto_generichash_final(&state, out, CHAIN_BYTES);
}

static void move_on(struct chain *chain, const uint8_t mac[CHAIN_BYTES])
{
	chain->seq++;
	memcpy(chain->mac, mac, CHAIN_BYTES);
	next_key(chain, chain->seq);
}

void chain_add(struct chain *chain, struct audit_record *entry)
{
	entry->seq = chain->seq + 1;
	entry_mac(chain, entry, entry->mac);
	move_on(chain, entry->mac);
}

/* ---- the head ---- */

void chain_head_write(const struct chain_head *head, uint8_t out[CHAIN_HEAD_BYTES])
{
	uint64_t seq = htole64((uint64_t)head->seq);

	memcpy(out, &seq, sizeof seq);
	memcpy(out + 8, head->mac, CHAIN_BYTES);
	memcpy(out + 8 + CHAIN_BYTES, head->proof, CHAIN_BYTES);
}

static void prove(
	const struct chain_root *root, const struct chain_head *head, uint8_t out[CHAIN_BYTES])
{
	uint8_t place[CHAIN_HEAD_BYTES];

	chain_head_write(head, place);
	crypto_generichash(out, CHAIN_BYTES, place, 8 + CHAIN_BYTES, root->head, CHAIN_BYTES);
}

void chain_head_make(
	const struct chain_root *root, const struct chain *chain, struct chain_head *out)
{
	*out = (struct chain_head){.seq = chain->seq};
	memcpy(out->mac, chain->mac, CHAIN_BYTES);
	prove(root, out, out->proof);
}

static bool is_proven(const struct chain_root *root, const struct chain_head *head)
{
	uint8_t proof[CHAIN_BYTES];

	prove(root, head, proof);
	return crypto_verify_32(proof, head->proof) == 0;
}

bool chain_head_read(const struct chain_root *root, struct text stored, struct chain_head *out)
{
	uint64_t seq;

	if (stored.data == NULL || stored.len != CHAIN_HEAD_BYTES)
		return false;
	memcpy(&seq, stored.data, sizeof seq);
	out->seq = (int64_t)le64toh(seq);
	memcpy(out->mac, stored.data + 8, CHAIN_BYTES);
	memcpy(out->proof, stored.data + 8 + CHAIN_BYTES, CHAIN_BYTES);
	return is_proven(root, out);
}

void chain_mac_format(const uint8_t mac[CHAIN_BYTES], char out[2 * CHAIN_BYTES + 1])
{
	sodium_bin2hex(out, 2 * CHAIN_BYTES + 1, mac, CHAIN_BYTES);
}

bool chain_mac_parse(struct text hex, uint8_t mac[CHAIN_BYTES])
{
	const char *end;
	size_t len;

	return hex.data != NULL && hex.len == 2 * CHAIN_BYTES &&
	       sodium_hex2bin(mac, CHAIN_BYTES, hex.data, hex.len, NULL, &len, &end) == 0 &&
	       len == CHAIN_BYTES;
}

void chain_place_format(int64_t seq, const uint8_t mac[CHAIN_BYTES], char out[CHAIN_PLACE_TEXT])
{
	char hex[2 * CHAIN_BYTES + 1];

	chain_mac_format(mac, hex);
	snprintf(out, CHAIN_PLACE_TEXT, "%" PRId64 ":%s", seq, hex);
}

bool chain_place_parse(const char *text, int64_t *seq, uint8_t mac[CHAIN_BYTES])
{
	int colon = 0;

	return sscanf(text, "%18" SCNd64 ":%n", seq, &colon) == 1 && colon > 0 && *seq >= 0 &&
	       chain_mac_parse(text_of(text + colon), mac);
}

/* ---- the check ---- */

static bool __attribute__((format(printf, 3, 4)))
broken(struct chain_check *check, int64_t at, const char *format, ...)
{
	va_list values;

	check->broken = true;
	check->broken_at = at;
	va_start(values, format);
	vsnprintf(check->reason, sizeof check->reason, format, values);
	va_end(values);
	return false;
}

void chain_check_begin(struct chain_check *check, const struct chain_root *root)
{
	static const uint8_t zero[CHAIN_BYTES];

	*check = (struct chain_check){0};
	chain_seek(root, 0, zero, &check->chain);
}

void chain_check_note(struct chain_check *check, int64_t seq, const uint8_t mac[CHAIN_BYTES])
{
	check->noted_seq = seq;
	memcpy(check->noted_mac, mac, CHAIN_BYTES);
}

static int64_t number_of(struct text t)
{
	char digits[24];

	snprintf(digits, sizeof digits, "%.*s", (int)t.len, t.data != NULL ? t.data : "");
	return strtoll(digits, NULL, 10);
}

bool chain_check_entry(struct chain_check *check, const struct audit_record *entry)
{
	struct chain *chain = &check->chain;
	uint8_t expected[CHAIN_BYTES];

	if (check->broken)
		return false;
	if (entry->seq > chain->seq + 1)
		return broken(
			check, chain->seq + 1, "entry %" PRId64 " is missing", chain->seq + 1);
	if (entry->seq <= chain->seq)
		return broken(check, entry->seq, "entry %" PRId64 " was put in", entry->seq);
	entry_mac(chain, entry, expected);
	if (crypto_verify_32(expected, entry->mac) != 0)
		return broken(
			check, entry->seq, "entry %" PRId64 " is not what was written", entry->seq);
	if (text_equal(entry->action, text_of(CHAIN_BROKEN_ACTION)))
		return broken(check, number_of(entry->object),
			"a start found the log broken, and said so in entry %" PRId64, entry->seq);
	move_on(chain, entry->mac);
	if (chain->seq == check->noted_seq && crypto_verify_32(chain->mac, check->noted_mac) != 0)
		return broken(
			check, chain->seq, "entry %" PRId64 " is not the one noted", chain->seq);
	return true;
}

bool chain_check_end(
	struct chain_check *check, const struct chain_root *root, const struct chain_head *head)
{
	int64_t last = check->chain.seq;

	if (check->broken)
		return false;
	if (head == NULL || !is_proven(root, head))
		return broken(check, last + 1,
			"the head is missing or forged: what followed entry %" PRId64
			" may have been cut off",
			last);
	if (head->seq > last)
		return broken(check, last + 1, "entries %" PRId64 " to %" PRId64 " were cut off",
			last + 1, head->seq);
	if (head->seq < last)
		return broken(check, head->seq + 1,
			"the head is of an earlier time: it ends with entry %" PRId64, head->seq);
	if (crypto_verify_32(head->mac, check->chain.mac) != 0)
		return broken(check, last, "the head is not that of entry %" PRId64, last);
	if (check->noted_seq > last)
		return broken(check, last + 1,
			"an earlier state was put back: entries %" PRId64 " to %" PRId64
			" are gone",
			last + 1, check->noted_seq);
	return true;
}
