/*
 * spool: memory is the end of the file that was not written yet.  So there is
 * one order of bytes and one kind of place, wherever they are.
 *
 * Memory comes in chunks of one size, which go from spool to spool: nothing is
 * ever moved in order to grow.  When all are in use, the spool that grows
 * writes its own to its file; the large ones do so again and again, the many
 * small ones never.
 *
 * A file that did not become large is kept for the next spool that needs one:
 * to make and to remove it costs more than to write it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bounds.h"
#include "log.h"
#include "spool.h"
#include "xalloc.h"

#define CHUNK ((size_t)64 * 1024)
/* Fewer chunks are not worth a file. */
#define WORTH_A_FILE 2

struct spool_chunk {
	struct spool_chunk *next; /* of those that are free */
	uint64_t at;		  /* where it begins */
	size_t len, cap;	  /* cap is CHUNK, or one larger piece */
	char data[];
};

/* Files that are kept, each of no more than a page. */
#define FILES_KEPT 32

static int kept[FILES_KEPT];
static size_t kept_count;
static struct spool_chunk *free_chunks;
static size_t in_use; /* bytes of all that are not free */

static struct spool_chunk *
take_chunk(size_t cap)
{
	struct spool_chunk *c = free_chunks;

	if (cap <= CHUNK && c != NULL) {
		free_chunks = c->next;
	} else {
		cap = cap < CHUNK ? CHUNK : cap;
		c = xmalloc(sizeof *c + cap);
		c->cap = cap;
	}
	in_use += c->cap;
	c->len = 0;
	return c;
}

static void
drop_chunk(struct spool_chunk *c)
{
	in_use -= c->cap;
	if (c->cap > CHUNK) {
		free(c);
		return;
	}
	c->next = free_chunks;
	free_chunks = c;
}

void
spool_release(void)
{
	struct spool_chunk *c;

	while ((c = free_chunks) != NULL) {
		free_chunks = c->next;
		free(c);
	}
	while (kept_count > 0)
		close(kept[--kept_count]);
}

static int
open_unnamed(void)
{
	const char *dir = getenv("TMPDIR");
	struct str path = { 0 };
	int fd;

	str_adds(&path, dir != NULL && dir[0] == '/' ? dir : "/tmp");
	str_adds(&path, "/calsync-fetch-XXXXXX");
	fd = mkstemp(path.data);
	if (fd == -1)
		die(EXIT_IO, "TMPDIR names another directory",
		    "cannot make a temporary file: %s", strerror(errno));
	unlink(path.data);
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	str_free(&path);
	return fd;
}

/* One that was kept is written from its beginning; what is left behind that is
 * never read. */
static int
take_file(void)
{
	int fd;

	if (kept_count == 0)
		return open_unnamed();
	fd = kept[--kept_count];
	if (lseek(fd, 0, SEEK_SET) == -1)
		die(EXIT_IO, NULL, "cannot use a temporary file: %s",
		    strerror(errno));
	return fd;
}

static void
drop_file(int fd, uint64_t size)
{
	if (size <= PAGE_BYTES_MAX && kept_count < FILES_KEPT)
		kept[kept_count++] = fd;
	else
		close(fd);
}

static void
write_chunk(const struct spool *s, const struct spool_chunk *c)
{
	const char *p = c->data;
	size_t left = c->len;
	ssize_t n;

	while (left > 0) {
		n = write(s->fd, p, left);
		if (n == -1 && errno != EINTR)
			die(EXIT_IO, NULL, "cannot write a temporary file: %s",
			    strerror(errno));
		if (n > 0) {
			p += n;
			left -= (size_t)n;
		}
	}
}

static void
write_all(struct spool *s)
{
	size_t i;

	if (s->in_file == 0)
		s->fd = take_file();
	for (i = 0; i < s->chunks; i++) {
		write_chunk(s, s->chunk[i]);
		s->in_file += s->chunk[i]->len;
		drop_chunk(s->chunk[i]);
	}
	s->chunks = 0;
}

/* The chunk that has room for n bytes more. */
static struct spool_chunk *
room_for(struct spool *s, size_t n)
{
	struct spool_chunk *last =
	    s->chunks == 0 ? NULL : s->chunk[s->chunks - 1];
	uint64_t end;

	if (last != NULL && last->cap - last->len >= n)
		return last;
	if (in_use + CHUNK > SPOOL_MEMORY && s->chunks >= WORTH_A_FILE) {
		write_all(s);
		last = NULL;
	}
	end = last == NULL ? s->in_file : last->at + last->len;
	if (s->chunks == s->cap) {
		s->cap = s->cap == 0 ? 8 : s->cap * 2;
		s->chunk = xreallocarray(
		    s->chunk, s->cap, sizeof(struct spool_chunk *));
	}
	last = take_chunk(n);
	last->at = end;
	s->chunk[s->chunks++] = last;
	return last;
}

uint64_t
spool_add(struct spool *s, struct slice piece)
{
	struct spool_chunk *c = room_for(s, piece.len);
	uint64_t at = c->at + c->len;

	memcpy(c->data + c->len, piece.data, piece.len);
	c->len += piece.len;
	return at;
}

static void
read_file(const struct spool *s, uint64_t at, size_t n, struct str *buf)
{
	char part[16 * 1024];
	ssize_t got;

	while (n > 0) {
		got = pread(
		    s->fd, part, n < sizeof part ? n : sizeof part, (off_t)at);
		if (got == -1 && errno == EINTR)
			continue;
		if (got <= 0)
			die(EXIT_IO, NULL, "cannot read a temporary file: %s",
			    got == 0 ? "it is too short" : strerror(errno));
		str_add(buf, part, (size_t)got);
		at += (uint64_t)got;
		n -= (size_t)got;
	}
}

/* The chunk that holds the byte `at`: the last that begins not behind it. */
static const struct spool_chunk *
chunk_at(const struct spool *s, uint64_t at)
{
	size_t low = 0, high = s->chunks, middle;

	while (high - low > 1) {
		middle = low + (high - low) / 2;
		if (s->chunk[middle]->at <= at)
			low = middle;
		else
			high = middle;
	}
	return s->chunk[low];
}

struct slice
spool_read(const struct spool *s, uint64_t at, size_t n, struct str *buf)
{
	const struct spool_chunk *c;

	if (at >= s->in_file && n > 0) {
		c = chunk_at(s, at);
		return (struct slice){ c->data + (at - c->at), n };
	}
	str_reset(buf);
	buf->max = HTTP_BODY_MAX + URL_MAX_BYTES;
	read_file(s, at, n, buf);
	return n > 0 ? str_slice(buf) : SLICE("");
}

void
spool_reset(struct spool *s)
{
	size_t i;

	if (s->in_file > 0)
		drop_file(s->fd, s->in_file);
	for (i = 0; i < s->chunks; i++)
		drop_chunk(s->chunk[i]);
	free(s->chunk);
	*s = (struct spool){ 0 };
}
