/* spark.h - the latest numbers as a small graph in one line. */
#ifndef KIT_SPARK_H
#define KIT_SPARK_H

#include <stdint.h>

#include "apikey-tui/kit/pen.h"

/* Draws the values, the latest (the last) at the right, as high as the highest that is seen, over the pen's room. */
void spark_draw(struct pen *p, enum paint paint, const uint64_t *values, size_t count);

#endif
