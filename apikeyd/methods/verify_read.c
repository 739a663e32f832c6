/* verify_read.c - [0, msgid, "verify", [{"key": …, "ip": …, …}]] in the shortest encodings, with names in any order. */
#include "apikeyd/methods/verify_read.h"

#include <stdbool.h>
#include <string.h>

#include "apikeyd/engine/scope.h"

#define LEAST 32 /* bytes of the shortest that is looked at: its head lies within them */
#define COST_MAX                                                                                   \
	1000 /* this, and what an encoding can hold, is within the bounds of the table of methods */

struct cursor {
	const uint8_t *p, *end;
};

/* An integer that is not negative, of at most 32 bits. */
static bool take_number(struct cursor *c, uint32_t *out)
{
	unsigned bytes;

	if (c->p == c->end)
		return false;
	if (*c->p < 0x80) {
		*out = *c->p++;
		return true;
	}
	if (*c->p < 0xcc || *c->p > 0xce)
		return false;
	bytes = 1U << (*c->p - 0xcc);
	if ((size_t)(c->end - c->p) < 1 + bytes)
		return false;
	*out = 0;
	for (c->p++; bytes > 0; bytes--)
		*out = *out << 8 | *c->p++;
	return true;
}

/* A string of at most 255 bytes. */
static bool take_text(struct cursor *c, struct text *out)
{
	size_t left = (size_t)(c->end - c->p), head = 1, len;

	if (left < 2)
		return false;
	if (*c->p >= 0xa0 && *c->p < 0xc0)
		len = *c->p & 0x1f;
	else if (*c->p == 0xd9)
		head = 2, len = c->p[1];
	else
		return false;
	if (left < head + len)
		return false;
	*out = (struct text){(const char *)c->p + head, len};
	c->p += head + len;
	return true;
}

static bool read_key(struct cursor *c, struct verify_reading *out)
{
	return take_text(c, &out->request->key);
}

static bool read_ip(struct cursor *c, struct verify_reading *out)
{
	struct text t;

	out->request->ip = out->address;
	return take_text(c, &t) && address_parse(t, out->address);
}

static bool is_among(struct text t, const struct text *others, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		if (text_equal(t, others[i]))
			return true;
	return false;
}

static bool read_scopes(struct cursor *c, struct verify_reading *out)
{
	uint32_t count;

	if (c->p == c->end || *c->p < 0x90 || *c->p > 0x9f)
		return false;
	count = *c->p++ & 15;
	for (uint32_t i = 0; i < count; i++)
		if (!take_text(c, &out->needs[i]) || scope_check(out->needs[i], false) != NULL ||
			is_among(out->needs[i], out->needs, i))
			return false;
	out->request->needs = out->needs;
	out->request->need_count = count;
	return true;
}

static bool read_tenant(struct cursor *c, struct verify_reading *out)
{
	return take_text(c, &out->request->tenant) && word_check(out->request->tenant) == NULL;
}

static bool read_resource(struct cursor *c, struct verify_reading *out)
{
	return take_text(c, &out->request->resource) && out->request->resource.len > 0 &&
	       text_is_utf8(out->request->resource);
}

static bool read_agent(struct cursor *c, struct verify_reading *out)
{
	struct text unused;

	(void)out;
	return take_text(c, &unused) && text_is_utf8(unused);
}

static bool read_units(struct cursor *c, struct verify_reading *out)
{
	uint32_t units = 0;
	bool ok = take_number(c, &units);

	out->request->units = units;
	return ok;
}

static bool read_cost(struct cursor *c, struct verify_reading *out)
{
	uint32_t cost = 0;
	bool ok = take_number(c, &cost);

	out->request->cost = cost;
	return ok && cost >= 1 && cost <= COST_MAX;
}

static bool read_dry_run(struct cursor *c, struct verify_reading *out)
{
	if (c->p == c->end || (*c->p != 0xc2 && *c->p != 0xc3))
		return false;
	out->request->dry_run = *c->p++ == 0xc3;
	return true;
}

/* Every parameter by the first letter of its name: no two share one. */
static const struct field {
	const char *name;
	uint8_t len;
	bool (*read)(struct cursor *c, struct verify_reading *out);
} fields[32] = {
	['a' & 31] = {"agent", 5, read_agent},
	['c' & 31] = {"cost", 4, read_cost},
	['d' & 31] = {"dry_run", 7, read_dry_run},
	['i' & 31] = {"ip", 2, read_ip},
	['k' & 31] = {"key", 3, read_key},
	['r' & 31] = {"resource", 8, read_resource},
	['s' & 31] = {"scopes", 6, read_scopes},
	['t' & 31] = {"tenant", 6, read_tenant},
	['u' & 31] = {"units", 5, read_units},
};

/* One name and its value; seen has a bit for each name that was there before. */
static bool read_field(struct cursor *c, struct verify_reading *out, uint32_t *seen)
{
	const struct field *field;
	unsigned n;

	if (c->end - c->p < 2)
		return false;
	n = c->p[1] & 31;
	field = &fields[n];
	if (field->len == 0 || *c->p != (0xa0 | field->len) || c->end - c->p <= field->len ||
		memcmp(c->p + 1, field->name, field->len) != 0 || (*seen & UINT32_C(1) << n) != 0)
		return false;
	*seen |= UINT32_C(1) << n;
	c->p += 1 + field->len;
	return field->read(c, out);
}

size_t verify_read(const uint8_t *data, size_t len, struct verify_reading *out)
{
	static const uint8_t name[] = {0xa6, 'v', 'e', 'r', 'i', 'f', 'y', 0x91};
	struct cursor c = {data + 2, data + len};
	const uint8_t *params;
	uint32_t seen = 0;
	unsigned count;

	if (len < LEAST || data[0] != 0x94 || data[1] != 0 || !take_number(&c, &out->msgid) ||
		memcmp(c.p, name, sizeof name) != 0)
		return 0;
	c.p += sizeof name;
	params = c.p - 1;
	if (*c.p < 0x80 || *c.p > 0x8f)
		return 0;
	count = *c.p++ & 15;
	while (count > 0 && read_field(&c, out, &seen))
		count--;
	if (count > 0 || (seen & UINT32_C(1) << ('k' & 31)) == 0)
		return 0;
	out->params = (struct text){(const char *)params, (size_t)(c.p - params)};
	return (size_t)(c.p - data);
}
