/* once.c - the text of a new key, shown this once, and wiped when it is closed. */
#include "apikey-tui/once.h"

#include "apikey-tui/format.h"

void once_take(struct once *o, struct console *c, const char *done)
{
	o->result = model_take(c->model);
	o->done = done;
}

void once_draw(struct once *o, struct console *c, struct area area)
{
	const char *key = member(o->result, "key");
	char text[256];
	int line;

	sheet_begin(&o->sheet, c->term, area, 0);
	snprintf(text, sizeof text, "%.128s %s (%s).", member(o->result, "name"), o->done,
		member(o->result, "id"));
	sheet_put(&o->sheet, "", PAINT_GOOD, text);
	sheet_put(&o->sheet, "", PAINT_PLAIN, "");
	line = o->sheet.line;
	if (*key == '\0')
		sheet_put(&o->sheet, "", PAINT_WARN,
			"The first try had done it, and the key's text was lost on the way. Rotate "
			"it, or revoke it and create another.");
	else
		sheet_put(&o->sheet, "", PAINT_TITLE, key);
	term_cursor(c->term, area.y + line - o->sheet.top, area.x);
	if (*key != '\0') {
		sheet_put(&o->sheet, "", PAINT_PLAIN, "");
		sheet_put(&o->sheet, "", PAINT_WARN,
			"It will not be shown again: the daemon keeps no copy.");
		sheet_put(&o->sheet, "", PAINT_PLAIN,
			"Select it here, or press y to send it to your terminal's clipboard. Esc "
			"closes it.");
	}
	sheet_end(&o->sheet);
}

void once_copy(const struct once *o, struct console *c)
{
	if (*member(o->result, "key") == '\0')
		return;
	term_clipboard(c->term, member(o->result, "key"));
	console_say(
		c, PAINT_PLAIN, "Sent to the terminal. Whether it took it, only a paste can tell.");
}

void once_close(struct once *o, struct console *c)
{
	if (o->result != NULL)
		term_forget(c->term);
	apikey_value_free(o->result);
	o->result = NULL;
}
