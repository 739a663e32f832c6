/* faults.h - a SQLite VFS that lets the n-th call of one kind fail. */
#ifndef TESTS_FAULTS_H
#define TESTS_FAULTS_H

#include <stdbool.h>

enum fault_kind {
	FAULT_OPEN,
	FAULT_READ,
	FAULT_WRITE, /* an I/O error */
	FAULT_HALF,  /* an I/O error after half of the bytes */
	FAULT_FULL,  /* the disk is full */
	FAULT_SYNC,
	FAULT_TRUNCATE,
	FAULT_KINDS,
};

/* Puts the VFS before the default one, for good. Nothing is ever really synced, so that runs are quick. */
void faults_install(void);
/* From now on the n-th call (from 1) of the kind fails, and with `lasting` all after it too. n = 0: none. */
void faults_set(enum fault_kind kind, unsigned n, bool lasting);
/* Whether it has come to that. */
bool faults_fired(void);

#endif
