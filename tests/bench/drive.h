/* drive.h - drives a server: N connections, each with a batch of D requests under way, and times the answers. */
#ifndef BENCH_DRIVE_H
#define BENCH_DRIVE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "tests/bench/histogram.h"
#include "tests/bench/keys.h"
#include "tests/bench/protocols.h"

#define DEPTH_MAX 64
#define CONNECTIONS_MAX 4096

struct drive_options {
	const char *socket;
	const struct protocol *protocol;
	unsigned connections, depth;
	double rate; /* requests a second over all, each timed from when it was due; 0: as many as are answered */
	double warm_up, seconds; /* keys in order: none, and until the last key is answered */
	unsigned size;           /* bytes of a record or answer, where the protocol does not tell */
	pid_t server;            /* its process, whose work is measured too; 0: not */
};

struct drive_result {
	struct histogram
		latency; /* ns from the one write of a batch, or when it was due, to the read of an answer */
	uint64_t answers;
	double seconds;           /* that counting took */
	double work, server_work; /* processor seconds in them, our own and the server's */
	double answer_bytes;      /* of an answer, on average */
};

/* Ends the program with a sentence when an answer is wrong or the server goes silent. */
void drive(const struct drive_options *options, struct keys *keys, struct drive_result *out);

#endif
