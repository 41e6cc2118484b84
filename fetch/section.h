/*
 * section: what fetch has read of one mailbox, until it is written as one
 * contiguous section.  Events stand in a spool as the bytes that Graph sent;
 * of each a few numbers are kept here.  An id stands once: a later state of it
 * takes the place of the one before.
 *
 * Members of a series stand in its block, wherever they came in the round.
 */
#ifndef SECTION_H
#define SECTION_H

#include <stdbool.h>
#include <stdint.h>

#include "arena.h"
#include "feed.h"
#include "idmap.h"
#include "spool.h"
#include "stream.h"

#define NO_RECORD UINT32_MAX
#define NO_SERIES UINT32_MAX

enum kind {
	KIND_EVENT,	/* its bytes */
	KIND_SAME,	/* the same, and nobody has to look at it */
	KIND_REMOVED,	/* its id; GET answered 404 */
	KIND_CANCELLED, /* its id; a cancelled occurrence */
	KIND_PROBLEM,	/* the whole line */
	KIND_MARK,	/* the link to resume from */
	KIND_DEAD	/* superseded */
};

struct entry {
	uint64_t at;
	uint64_t mark; /* of its bytes, see same.c; 0: none */
	uint32_t len;
	uint32_t version; /* hash of its etag */
	uint32_t series;  /* or NO_SERIES; of a mark: how many there were */
	uint32_t next;	  /* in its series */
	uint16_t again;	  /* 0, or which reason */
	uint8_t kind;
	bool by_id;	 /* the round has not brought it */
	bool read_by_id; /* and this is what was read */
	bool is_exception;
	bool is_same;	 /* the database has it with this mark */
	bool is_changed; /* in the CRM: match has to look at it */
};

struct series {
	struct slice id;
	uint32_t master;	 /* entry, or NO_RECORD */
	uint32_t first, last;	 /* members, in order of arrival */
	struct slice *cancelled; /* dates */
	size_t cancelled_count;
	uint32_t exceptions; /* at least so many, with those not read */
	bool knows_cancelled;
	bool asks;     /* must be read by requests of its own */
	bool resolved; /* nothing is left to be asked */
	bool complete; /* all its members are here */
	bool gone;     /* Graph does not know the master any more */
	bool checked;  /* the database was asked for its members */
	bool in_round; /* the round has brought something of it */
};

struct section {
	struct arena arena; /* ids and dates of series */
	struct spool spool;
	struct entry *entry;
	uint32_t count, cap;
	struct idmap ids; /* -> entry */
	struct series *series;
	uint32_t series_count, series_cap;
	struct idmap masters; /* -> series */
	/* Since the last mark: */
	uint32_t since_records;
	uint64_t since_bytes;
	uint64_t deliveries; /* events, also superseded ones */
};

/* What the records say that is the same for all of them. */
struct section_frame {
	struct slice mailbox_line;  /* the section begins with */
	const struct feed *feed;    /* records that come first */
	struct slice groups;	    /* and those of groups, LF behind each */
	struct slice followers;	    /* the same, of the calendar's own group */
	struct slice window;	    /* {"start":..,"end":..}, what was read */
	struct slice round;	    /* when the round began */
	const struct slice *reason; /* by number, from 1 */
	bool tells_by_id;	    /* events say so if they came by id */
	bool outward; /* masters say how many exceptions there are */
};

/* The living entry of this id, or NO_RECORD. */
uint32_t section_find(const struct section *s, struct slice id);
/*
 * Add an event; `again` 0 for none.  True if the id or its version is new.
 * series: index or NO_SERIES; is_master: it is the series' master.
 */
struct delivery {
	struct slice id, etag, data;
	uint64_t mark;
	uint32_t series;
	bool is_master;
	bool is_exception;
	bool by_id; /* not in the round */
	uint16_t again;
};
bool section_add(struct section *s, const struct delivery *d);
/* The id is said to be removed: drop what was seen of it.  True if there was
 * something. */
bool section_drop(struct section *s, struct slice id);
/* Other bytes of the same event, in its place. */
void section_replace(struct section *s, struct slice id, struct slice data);
void section_add_removed(
    struct section *s, struct slice id, enum kind proof, uint16_t again);
/* status 0: left out.  id NO_SLICE: about the mailbox. */
void section_add_problem(struct section *s, const char *code, struct slice id,
    int status, const char *detail);
/* A place to resume from, if enough stands since the last one. */
void section_mark(struct section *s, struct slice link);
/* The series of this master, made if need be; its id is copied. */
uint32_t section_series(struct section *s, struct slice master);
uint32_t section_find_series(const struct section *s, struct slice master);
void section_reset(struct section *s);
void section_free(struct section *s);

/*
 * Write the mailbox line and the records; the end line is the caller's.
 * Blocks of series stand where their first item came, so that all that was
 * delivered before a mark is written before it.  Where that cannot be (a
 * master that could not be read), no mark follows.
 */
void section_write(const struct section *s, struct stream_out *out,
    const struct section_frame *frame);

#endif
