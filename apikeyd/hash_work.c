/* hash_work.c - what a handler wants of the worker for slow hashes before it is called again. */
#include "apikeyd/hash_work.h"

void hash_work_run(struct hasher_job *job)
{
	struct hash_work *work = (struct hash_work *)job;

	work->error = APIKEY_OK;
	for (unsigned i = 0; i < work->found_count && !work->matches; i++)
		work->matches = bcrypt_matches(work->key, work->found[i].bcrypt);
	if (work->check)
		work->error = password_matches(work->digest, work->hash, &work->matches);
	if (work->error == APIKEY_OK && work->make && (!work->check || work->matches))
		work->error = password_hash(work->new_digest, work->made);
	work->finished = true;
}
