/* faults.c - a SQLite VFS that lets the n-th call of one kind fail. */
#include "tests/store/faults.h"

#include <sqlite3.h>
#include <stdlib.h>

/* What SQLite holds for an open file: ours, then the real one's. */
struct file {
	sqlite3_file base;
	sqlite3_file *real;
};

static sqlite3_vfs *real_vfs;
static sqlite3_vfs vfs;
static struct {
	enum fault_kind kind;
	unsigned n, count;
	bool lasting;
} fault;

void faults_set(enum fault_kind kind, unsigned n, bool lasting)
{
	fault.kind = kind;
	fault.n = n;
	fault.lasting = lasting;
	fault.count = 0;
}

bool faults_fired(void)
{
	return fault.n > 0 && fault.count >= fault.n;
}

static bool fails(enum fault_kind kind)
{
	if (kind != fault.kind || fault.n == 0)
		return false;
	fault.count++;
	return fault.count == fault.n || (fault.lasting && fault.count > fault.n);
}

static sqlite3_file *real_of(sqlite3_file *f)
{
	return ((struct file *)f)->real;
}

static int close_file(sqlite3_file *f)
{
	sqlite3_file *real = real_of(f);
	int rc = real->pMethods->xClose(real);

	free(real);
	return rc;
}

static int read_file(sqlite3_file *f, void *data, int len, sqlite3_int64 at)
{
	if (fails(FAULT_READ))
		return SQLITE_IOERR_READ;
	return real_of(f)->pMethods->xRead(real_of(f), data, len, at);
}

static int write_file(sqlite3_file *f, const void *data, int len, sqlite3_int64 at)
{
	sqlite3_file *real = real_of(f);

	if (fails(FAULT_WRITE))
		return SQLITE_IOERR_WRITE;
	if (fails(FAULT_FULL))
		return SQLITE_FULL;
	if (fails(FAULT_HALF)) {
		real->pMethods->xWrite(real, data, len / 2, at);
		return SQLITE_IOERR_WRITE;
	}
	return real->pMethods->xWrite(real, data, len, at);
}

static int truncate_file(sqlite3_file *f, sqlite3_int64 size)
{
	if (fails(FAULT_TRUNCATE))
		return SQLITE_IOERR_TRUNCATE;
	return real_of(f)->pMethods->xTruncate(real_of(f), size);
}

static int sync_file(sqlite3_file *f, int flags)
{
	(void)f, (void)flags;
	return fails(FAULT_SYNC) ? SQLITE_IOERR_FSYNC : SQLITE_OK;
}

static int file_size(sqlite3_file *f, sqlite3_int64 *size)
{
	return real_of(f)->pMethods->xFileSize(real_of(f), size);
}

static int lock_file(sqlite3_file *f, int level)
{
	return real_of(f)->pMethods->xLock(real_of(f), level);
}

static int unlock_file(sqlite3_file *f, int level)
{
	return real_of(f)->pMethods->xUnlock(real_of(f), level);
}

static int check_lock(sqlite3_file *f, int *out)
{
	return real_of(f)->pMethods->xCheckReservedLock(real_of(f), out);
}

static int control_file(sqlite3_file *f, int op, void *arg)
{
	return real_of(f)->pMethods->xFileControl(real_of(f), op, arg);
}

static int sector_size(sqlite3_file *f)
{
	return real_of(f)->pMethods->xSectorSize(real_of(f));
}

static int characteristics(sqlite3_file *f)
{
	return real_of(f)->pMethods->xDeviceCharacteristics(real_of(f));
}

/* Version 1: no shared memory, which the store must not need. */
static const sqlite3_io_methods methods = {
	.iVersion = 1,
	.xClose = close_file,
	.xRead = read_file,
	.xWrite = write_file,
	.xTruncate = truncate_file,
	.xSync = sync_file,
	.xFileSize = file_size,
	.xLock = lock_file,
	.xUnlock = unlock_file,
	.xCheckReservedLock = check_lock,
	.xFileControl = control_file,
	.xSectorSize = sector_size,
	.xDeviceCharacteristics = characteristics,
};

static int open_file(sqlite3_vfs *v, const char *name, sqlite3_file *f, int flags, int *out_flags)
{
	struct file *file = (struct file *)f;
	int rc;

	(void)v;
	file->base.pMethods = NULL;
	if (fails(FAULT_OPEN))
		return SQLITE_CANTOPEN;
	if ((file->real = calloc(1, (size_t)real_vfs->szOsFile)) == NULL)
		abort();
	rc = real_vfs->xOpen(real_vfs, name, file->real, flags, out_flags);
	if (rc == SQLITE_OK)
		file->base.pMethods = &methods;
	else
		free(file->real);
	return rc;
}

void faults_install(void)
{
	real_vfs = sqlite3_vfs_find(NULL);
	vfs = *real_vfs;
	vfs.zName = "faults";
	vfs.szOsFile = sizeof(struct file);
	vfs.xOpen = open_file;
	sqlite3_vfs_register(&vfs, 1);
}
