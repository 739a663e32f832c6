/* scope.c - a scope is a path of words; a granted one may leave its end open. */
#include "apikeyd/engine/scope.h"

#include <string.h>

static const struct text reserved = {"apikeyd:", 8};

static bool begins_with(struct text t, struct text start)
{
	return t.len >= start.len && memcmp(t.data, start.data, start.len) == 0;
}

/* Of ASCII, "-./0123456789:" stand side by side. */
static bool scope_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '-' && c <= ':') || c == '_';
}

static bool has_dotdot_part(struct text s)
{
	size_t start = 0;

	for (size_t i = 0; i <= s.len; i++) {
		if (i < s.len && s.data[i] != '/' && s.data[i] != ':')
			continue;
		if (i - start == 2 && memcmp(s.data + start, "..", 2) == 0)
			return true;
		start = i + 1;
	}
	return false;
}

const char *scope_check(struct text s, bool granted)
{
	if (s.len == 0)
		return "must not be empty";
	if (s.len > SCOPE_MAX_BYTES)
		return "must be at most 64 characters";
	if (memchr(s.data, '.', s.len) != NULL && has_dotdot_part(s))
		return "must not hold a part \"..\"";
	if (granted && s.data[s.len - 1] == '*')
		s.len--;
	for (size_t i = 0; i < s.len; i++)
		if (!scope_char(s.data[i]))
			return granted ? "must be of a-z 0-9 . _ : / -, with * only at the end"
				       : "must be of a-z 0-9 . _ : / -";
	return NULL;
}

bool scope_reserved(struct text s)
{
	return begins_with(s, reserved);
}

bool scope_covers(struct text granted, struct text need)
{
	struct text stem = granted;

	if (granted.len == 0 || granted.data[granted.len - 1] != '*')
		return text_equal(granted, need);
	stem.len--;
	/* The reserved space opens only to a grant that spells it out: neither "*" nor "api*" reaches into it. */
	return begins_with(need, stem) && (!scope_reserved(need) || scope_reserved(stem));
}
