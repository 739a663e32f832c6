/* usage_graph.h - usage over time as a graph of characters. */
#ifndef APIKEYCTL_USAGE_GRAPH_H
#define APIKEYCTL_USAGE_GRAPH_H

#include "include/apikey.h"

/* What was asked for, in seconds since 1970, and what a step is, in seconds. */
struct usage_span {
	int64_t from, to, step;
};

/* Prints points as usage.query gives them: what was allowed and, below it, what was denied, each as high as its own
 * highest step, in as many columns as fit into 80, or into a narrower terminal; where there are more steps a column
 * stands for the highest of some. */
void usage_graph(const struct apikey_value *points, const struct usage_span *span);

#endif
