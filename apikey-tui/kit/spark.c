/* spark.c - the latest numbers as a small graph in one line. */
#include "apikey-tui/kit/spark.h"

#include <stdio.h>
#include <string.h>

#define BLOCK_STEPS 8
#define ASCII_STEPS 7
#define BRAILLE_STEPS 4

/* From nothing to the highest. */
static const char *const blocks[] = {
	" ", "\u2581", "\u2582", "\u2583", "\u2584", "\u2585", "\u2586", "\u2587", "\u2588"};
static const char *const ascii[] = {" ", ".", ":", "-", "=", "+", "*", "#"};
/* Dots of a column of a cell, from the bottom: left and right (Unicode 15, U+2800 to U+28FF). */
static const unsigned char dots[2][BRAILLE_STEPS + 1] = {
	{0, 0x40, 0x44, 0x46, 0x47}, {0, 0x80, 0xa0, 0xb0, 0xb8}};

/* What is seen: so many values, the last of which are there. */
struct window {
	const uint64_t *values;
	size_t count, size;
	uint64_t highest;
};

static uint64_t value_at(const struct window *w, size_t place)
{
	return place + w->count < w->size ? 0 : w->values[place + w->count - w->size];
}

/* A level from 0 to steps; anything but nothing is seen. */
static unsigned level(const struct window *w, size_t place, unsigned steps)
{
	double value = (double)value_at(w, place);
	unsigned of = w->highest > 0 ? (unsigned)(value * steps / (double)w->highest + 0.5) : 0;

	return value > 0 && of == 0 ? 1 : of;
}

static void put_braille(struct pen *p, enum paint paint, unsigned left, unsigned right)
{
	unsigned bits = dots[0][left] | dots[1][right];
	char text[4];

	snprintf(text, sizeof text, "\xe2%c%c", (int)(0xa0 | bits >> 6), (int)(0x80 | (bits & 63)));
	pen_put(p, paint, bits == 0 ? " " : text);
}

void spark_draw(struct pen *p, enum paint paint, const uint64_t *values, size_t count)
{
	enum term_symbols symbols = term_symbols(p->term);
	size_t cells = (size_t)pen_room(p);
	struct window w = {values, count, symbols == SYMBOLS_BRAILLE ? 2 * cells : cells, 0};

	for (size_t i = 0; i < w.size; i++)
		w.highest = value_at(&w, i) > w.highest ? value_at(&w, i) : w.highest;
	for (size_t i = 0; i < cells; i++) {
		if (symbols == SYMBOLS_BRAILLE)
			put_braille(p, paint, level(&w, 2 * i, BRAILLE_STEPS),
				level(&w, 2 * i + 1, BRAILLE_STEPS));
		else if (symbols == SYMBOLS_BLOCK)
			pen_put(p, paint, blocks[level(&w, i, BLOCK_STEPS)]);
		else
			pen_put(p, paint, ascii[level(&w, i, ASCII_STEPS)]);
	}
}
