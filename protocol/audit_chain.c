/* audit_chain.c - the chain that proves the audit log whole. */
#include "protocol/audit_chain.h"

#include <endian.h>
#include <inttypes.h>
#include <sodium/crypto_generichash.h>
#include <sodium/crypto_verify_32.h>
#include <sodium/utils.h>
#include <stdarg.h>
#include <stdio.h>
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

static void head_mac(const struct chain_root *root, const uint8_t *place, uint8_t out[CHAIN_BYTES])
{
	crypto_generichash(out, CHAIN_BYTES, place, 8 + CHAIN_BYTES, root->head, CHAIN_BYTES);
}

void chain_head_write(
	const struct chain_root *root, const struct chain *chain, uint8_t out[CHAIN_HEAD_BYTES])
{
	uint64_t seq = htole64((uint64_t)chain->seq);

	memcpy(out, &seq, sizeof seq);
	memcpy(out + 8, chain->mac, CHAIN_BYTES);
	head_mac(root, out, out + 8 + CHAIN_BYTES);
}

bool chain_head_read(
	const struct chain_root *root, struct text stored, int64_t *seq, uint8_t mac[CHAIN_BYTES])
{
	const uint8_t *p = (const uint8_t *)stored.data;
	uint8_t expected[CHAIN_BYTES];
	uint64_t number;

	if (p == NULL || stored.len != CHAIN_HEAD_BYTES)
		return false;
	head_mac(root, p, expected);
	if (crypto_verify_32(expected, p + 8 + CHAIN_BYTES) != 0)
		return false;
	memcpy(&number, p, sizeof number);
	*seq = (int64_t)le64toh(number);
	memcpy(mac, p + 8, CHAIN_BYTES);
	return true;
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

void chain_head_format(int64_t seq, const uint8_t mac[CHAIN_BYTES], char out[CHAIN_HEAD_TEXT])
{
	char hex[2 * CHAIN_BYTES + 1];

	chain_mac_format(mac, hex);
	snprintf(out, CHAIN_HEAD_TEXT, "%" PRId64 ":%s", seq, hex);
}

bool chain_head_parse(const char *text, int64_t *seq, uint8_t mac[CHAIN_BYTES])
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
		return broken(check, entry->seq,
			"a start found the log broken before entry %" PRId64, entry->seq);
	move_on(chain, entry->mac);
	if (chain->seq == check->noted_seq && crypto_verify_32(chain->mac, check->noted_mac) != 0)
		return broken(
			check, chain->seq, "entry %" PRId64 " is not the one noted", chain->seq);
	return true;
}

bool chain_check_end_at(struct chain_check *check, int64_t seq, const uint8_t mac[CHAIN_BYTES])
{
	int64_t last = check->chain.seq;

	if (check->broken)
		return false;
	if (seq > last)
		return broken(check, last + 1, "entries %" PRId64 " to %" PRId64 " were cut off",
			last + 1, seq);
	if (seq < last)
		return broken(check, seq + 1,
			"the head is of an earlier time: it ends with entry %" PRId64, seq);
	if (crypto_verify_32(mac, check->chain.mac) != 0)
		return broken(check, seq, "the head is not that of entry %" PRId64, seq);
	if (check->noted_seq > last)
		return broken(check, last + 1,
			"an earlier state was put back: entries %" PRId64 " to %" PRId64
			" are gone",
			last + 1, check->noted_seq);
	return true;
}

bool chain_check_end(
	struct chain_check *check, const struct chain_root *root, struct text stored_head)
{
	uint8_t mac[CHAIN_BYTES];
	int64_t seq;

	if (check->broken)
		return false;
	if (!chain_head_read(root, stored_head, &seq, mac))
		return broken(check, check->chain.seq + 1,
			"the head is %s: what followed entry %" PRId64 " may have been cut off",
			stored_head.data == NULL ? "missing" : "forged", check->chain.seq);
	return chain_check_end_at(check, seq, mac);
}
