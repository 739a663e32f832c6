/* key_reply.c - a key as members of an answer: for a verify, and for the admin methods. */
#include "apikeyd/key_reply.h"

#include <string.h>

#include "apikeyd/engine/address.h"
#include "protocol/reader.h"
#include "protocol/writer.h"

/* Writes a member unless it has no value; returns how many were written. */
static uint8_t text_member(struct buffer *b, const char *name, struct text value)
{
	if (value.data == NULL)
		return 0;
	write_str(b, name);
	write_text(b, value);
	return 1;
}

static uint8_t int_member(struct buffer *b, const char *name, int64_t value, bool present)
{
	if (!present)
		return 0;
	write_str(b, name);
	write_int(b, value);
	return 1;
}

static uint8_t raw_member(struct buffer *b, const char *name, struct text encoded)
{
	if (encoded.data == NULL || encoded.len == 0)
		return 0;
	write_str(b, name);
	write_raw(b, encoded.data, encoded.len);
	return 1;
}

static struct text or_none(struct text t)
{
	return t.len == 0 ? (struct text){0} : t;
}

/* An array of what is joined by single spaces. */
static uint8_t words_member(struct buffer *b, const char *name, struct text joined)
{
	size_t at, from = 0;
	uint16_t count = 0;

	write_str(b, name);
	at = write_array_begin(b);
	for (size_t i = 0; i < joined.len; i++)
		if (i + 1 == joined.len || joined.data[i + 1] == ' ') {
			write_text(b, (struct text){joined.data + from, i + 1 - from});
			from = i + 2;
			count++;
		}
	write_array_end(b, at, count);
	return 1;
}

uint8_t key_reply_own(struct buffer *b, const struct key_record *key)
{
	uint8_t members = 0;

	members += text_member(b, "key_id", text_of(key->id));
	members += text_member(b, "name", key->name);
	members += int_member(b, "expires_at", key->expires_at, key->expires_at != STORE_NEVER);
	members += raw_member(b, "meta", key->meta);
	return members;
}

uint8_t key_reply_shared(struct buffer *b, const struct key_record *key, const struct text *scopes,
	size_t scope_count)
{
	uint8_t members = 0;

	members += text_member(b, "tenant", key->tenant);
	members += text_member(b, "owner", key->owner);
	members += text_member(b, "env", key->env);
	write_str(b, "scopes");
	write_array(b, (uint32_t)scope_count);
	for (size_t i = 0; i < scope_count; i++)
		write_text(b, scopes[i]);
	return members + 1;
}

/* The first value, whose name has six letters, of bytes that were written here: found without looking for it, since it is
 * asked for with every verify that is watched. */
static struct text first_text(struct text members)
{
	const char *p = members.data + 7;
	uint8_t head = (uint8_t)*p;

	if (head == 0xd9)
		return (struct text){p + 2, (uint8_t)p[1]};
	return (struct text){p + 1, head & 0x1fu};
}

struct text key_reply_id(struct text own)
{
	return first_text(own);
}

struct text key_reply_tenant(struct text shared)
{
	return first_text(shared);
}

struct text key_reply_name(struct text own)
{
	struct reader r = reader_of((const uint8_t *)own.data, own.len);
	struct text name = {"", 0};

	for (unsigned i = 0; i < 3; i++) /* key_id, its value, name */
		(void)read_raw(&r, NULL);
	(void)read_str(&r, &name);
	return name;
}

static bool address_given(const uint8_t ip[16])
{
	static const uint8_t none[16];

	return memcmp(ip, none, sizeof none) != 0;
}

static const char *secret_status(const struct secret_record *s, bool superseded, int64_t now)
{
	if (s->revoked)
		return "revoked";
	if (s->expires_at != STORE_NEVER && s->expires_at <= now)
		return "expired";
	return superseded ? "superseded" : "active";
}

static void write_secret(struct buffer *b, const struct secret_record *s,
	const struct usage_slot *usage, bool superseded, int64_t now)
{
	size_t at = write_map_begin(b);
	char ip[ADDRESS_TEXT_SIZE];
	struct address address;
	uint8_t members = 0;

	members += text_member(b, "prefix", s->prefix);
	members += text_member(b, "status", text_of(secret_status(s, superseded, now)));
	members += int_member(b, "created_at", s->created_at, true);
	members += int_member(b, "expires_at", s->expires_at, s->expires_at != STORE_NEVER);
	members += int_member(b, "last_used_at", usage->last_used_at, usage->last_used_at != 0);
	if (address_given(usage->last_ip)) {
		memcpy(address.bytes, usage->last_ip, sizeof address.bytes);
		address_format(&address, ip);
		members += text_member(b, "last_ip", text_of(ip));
	}
	members += int_member(b, "requests", (int64_t)usage->allowed, true);
	members += int_member(
		b, "requests_since", (int64_t)usage->allowed - s->requests_before, superseded);
	write_map_end(b, at, members);
}

static uint8_t write_secrets(
	struct buffer *b, const struct key_record *key, const struct usage_slot *usage, int64_t now)
{
	write_str(b, "secrets");
	write_array(b, key->secret_count);
	for (unsigned i = 0; i < key->secret_count; i++)
		write_secret(b, &key->secrets[i], &usage[i], i + 1 < key->secret_count, now);
	return 1;
}

static uint8_t write_usage(
	struct buffer *b, const struct key_record *key, const struct usage_slot *usage)
{
	int64_t last = key->past.last_used_at, requests = key->past.requests,
		units = key->past.units;

	for (unsigned i = 0; i < key->secret_count; i++) {
		last = usage[i].last_used_at > last ? usage[i].last_used_at : last;
		requests = usage_plus(requests, (int64_t)usage[i].allowed);
		units = usage_plus(units, (int64_t)usage[i].units);
	}
	return int_member(b, "last_used_at", last, last != 0) +
	       int_member(b, "requests", requests, true) + int_member(b, "units", units, true);
}

static uint8_t write_masked(struct buffer *b, const struct key_record *key)
{
	const struct secret_record *newest;
	char prefix[KEYTEXT_PREFIX_SIZE], masked[KEYTEXT_MASKED_SIZE];

	if (key->secret_count == 0)
		return 0;
	newest = &key->secrets[key->secret_count - 1];
	memcpy(prefix, newest->prefix.data, newest->prefix.len);
	prefix[newest->prefix.len] = '\0';
	keytext_mask(prefix, newest->last4, masked);
	return text_member(b, "masked", text_of(masked));
}

void key_reply_full(
	struct buffer *b, const struct key_record *key, const struct usage_slot *usage, int64_t now)
{
	size_t at = write_map_begin(b);
	uint16_t members = 0;

	members += text_member(b, "id", text_of(key->id));
	members += text_member(b, "name", key->name);
	members += text_member(b, "tenant", key->tenant);
	members += text_member(b, "owner", key->owner);
	members += text_member(b, "env", key->env);
	members += text_member(b, "status", text_of(key_status_name(key_status_of(key, now))));
	members += write_masked(b, key);
	members += write_secrets(b, key, usage, now);
	members += words_member(b, "scopes", key->scopes);
	members += words_member(b, "ip_allow", key->ip_allow);
	members += raw_member(b, "rate", key->rate);
	members += raw_member(b, "quota", key->quota);
	members += int_member(
		b, "units_per_request", key->units_per_request, key->units_per_request != 0);
	members += text_member(b, "plan", or_none(key->plan));
	members += text_member(b, "email", or_none(key->email));
	members += text_member(b, "notes", or_none(key->notes));
	members += raw_member(b, "meta", key->meta);
	members += int_member(b, "created_at", key->created_at, true);
	members += text_member(b, "created_by", key->created_by);
	members += int_member(b, "expires_at", key->expires_at, key->expires_at != STORE_NEVER);
	members += write_usage(b, key, usage);
	write_map_end(b, at, members);
}
