/* alert_judge.h - whether what a worker met is worth an alert: judged against the key and the options. */
#ifndef APIKEYD_ALERT_JUDGE_H
#define APIKEYD_ALERT_JUDGE_H

#include "apikeyd/alert_pass.h"
#include "apikeyd/recent.h"
#include "apikeyd/sightings.h"

#define ALERT_BURSTS 64 /* networks whose unknown keys are counted at once */

/* Zeroed at first; the store thread's. */
struct alert_judge {
	struct burst {
		char network[CIDR_TEXT_SIZE];
		int64_t at; /* of the last */
		struct recent recent;
	} bursts[ALERT_BURSTS];
};

enum apikey_error alert_judge(struct alert_judge *j, struct alert_pass *a,
	const struct sighting *sighting, struct failure *why);

#endif
