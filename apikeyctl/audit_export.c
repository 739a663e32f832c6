/* audit_export.c - the audit log as "audit export" writes it: a JSON object a line for each entry, and one for the head. */
#include <stdlib.h>
#include <string.h>

#include "apikeyctl/audit_file.h"
#include "apikeyctl/json.h"

/* An entry, whose text lives as long as the object. */
static bool read_entry(const struct json_t *line, struct audit_record *out)
{
	*out = (struct audit_record){
		.actor = json_text(line, "actor"),
		.action = json_text(line, "action"),
		.object = json_text(line, "object"),
		.tenant = json_text(line, "tenant"),
		.outcome = json_text(line, "outcome"),
		.detail = json_text(line, "detail"),
	};
	if (!json_int(line, "seq", &out->seq) || !json_int(line, "at", &out->at))
		return false;
	if (!chain_mac_parse(json_text(line, "mac"), out->mac))
		memset(out->mac, 0, sizeof out->mac); /* no chain gives it */
	return true;
}

/* The last line. A proof that is none is zero, which no head has. */
static bool read_head(const struct json_t *line, struct chain_head *out)
{
	struct text place = json_text(line, "head");

	*out = (struct chain_head){0};
	if (!place.data || !chain_place_parse(place.data, &out->seq, out->mac))
		return false;
	if (!chain_mac_parse(json_text(line, "proof"), out->proof))
		memset(out->proof, 0, sizeof out->proof);
	return true;
}

enum apikey_error audit_export_check(
	FILE *in, const struct chain_root *root, struct chain_check *check, struct failure *why)
{
	enum apikey_error error = APIKEY_OK;
	struct audit_record entry;
	struct chain_head head;
	bool has_head = false;
	unsigned long number = 0;
	char *text = NULL;
	size_t size = 0;
	ssize_t len;

	while (error == APIKEY_OK && !has_head && !check->broken &&
		(len = getline(&text, &size, in)) > 0) {
		struct json_t *line = json_read(text, (size_t)len);

		number++;
		has_head = line && read_head(line, &head);
		if (line && !has_head && read_entry(line, &entry))
			chain_check_entry(check, &entry);
		else if (!has_head)
			error = fail(why, APIKEY_BROKEN,
				"line %lu is no entry of an audit log, and this is no store",
				number);
		json_free(line);
	}
	free(text);
	if (error == APIKEY_OK)
		chain_check_end(check, root, has_head ? &head : NULL);
	return error;
}
