/*
 * section: one mailbox's part of the stream, cut into pages.  Sections outlive
 * their reading: the last page of one is written while the next one is read.
 *
 * What takes nothing away may be written at each page mark.  Deletions (of a
 * meeting, of a copy) and the way out (writes to Graph, holds, adoptions) wait
 * for the section's own end, and are not done at all when that says that the
 * mailbox was not read completely (law L2).
 */
#ifndef SECTION_H
#define SECTION_H

#include <stdint.h>

#include "arena.h"
#include "page.h"

struct section {
	struct section *next; /* in the order of the stream */
	struct arena arena;   /* for the opening record */
	const struct json *mailbox;
	struct str account; /* as a parameter of a query */
	struct str header;  /* of its pages */
	struct str from;    /* the cursor that the database should have */
	struct page *page;  /* is being filled; NULL: not begun */
	struct str late;    /* op lines that wait for the section's end */
	size_t late_count;
	size_t late_noted; /* bytes of them */

	struct str end_line; /* its mailbox.end, once read */
	bool complete;	     /* says mailbox.end */
	bool left;	     /* this calendar is gone, or read no more */
	struct page *final;  /* the page that moves the cursor to its end */
	bool in_flight;	     /* a page is with the database */
	bool closed;	     /* nothing more will be submitted */
	bool lost; /* what is left is not written; outcome and code: */
	enum outcome lost_outcome;
	char lost_code[6];
	bool committed; /* complete, and its cursor has moved */

	struct str out; /* lines that wait for stdout */
	size_t counts[OUTCOME_COUNT];
	size_t skips, problems;
};

/* run_members: "run" and "now" as raw JSON members. */
struct section *section_open(struct slice run_members, struct slice line);
void section_free(struct section *s);

/* Add a record.  An op of a kind that this version does not know, or without
 * id, fails here: its item comes again. */
void section_add_op(struct section *s, const struct json *op);
void section_add_skip(struct section *s, const struct json *skip);
void section_add_known(struct section *s, const struct json *known);
void section_add_problem(struct section *s, const struct json *problem);
void section_pass(struct section *s, struct slice line);

/* At a page mark (the parsed record): the page before it, closed, with the
 * place to resume from.  The caller owns it. */
struct page *section_mark(struct section *s, const struct json *mark);
/*
 * At mailbox.end (the parsed record): the pages that are left, one a call,
 * then NULL.  The last one moves the cursor if the section is complete.
 */
struct page *section_end(struct section *s, const struct json *end);

/* Settle a page's ops and put its lines into out. */
void section_settle(struct section *s, struct page *p);
/* From here on nothing of this section is written. */
void section_lose(
    struct section *s, enum outcome outcome, const char *sqlstate);

#endif
