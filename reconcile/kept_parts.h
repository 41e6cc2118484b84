/*
 * kept_parts: what kept.c and kept_out.c share.  An entry is the finished op,
 * or as much of it as is known, and the few things that a skip in its place
 * would say.  So nothing of the record itself has to be kept.
 */
#ifndef KEPT_PARTS_H
#define KEPT_PARTS_H

#include "adopt.h"
#include "kept.h"

/* Some three thousand deletions or a thousand meetings; a mailbox with more in
 * one run waits for the next with the rest. */
#define KEPT_BYTES_MAX ((size_t)3 * 1024 * 1024)

struct entry {
	struct entry *next;
	enum op op;
	bool told;	   /* a skip stands for it */
	bool asked;	   /* no breaker stops it */
	bool goes_on;	   /* its link does, as another event's */
	bool is_settled;   /* with what the CRM had changed */
	struct slice line; /* a write to Graph: without its last members */
	/* of a master that goes on so: its skip, with its changes or without */
	struct slice otherwise, pending;
	int64_t start; /* orders what writes to Graph and what adopts */
	/* for the skip */
	struct slice id, crm_id, uid, original_date, digest, seen, changes;
	/* an adoption: the number of its claims' event */
	size_t event;
	bool adopts;
	bool copies; /* only carries another's guid */
	/* a write to Graph */
	struct slice why, held; /* the beginning of its hold record */
	struct verdict verdict; /* without the budgets */
	struct slice why_held;
	int64_t hold;		  /* released: its id */
	struct slice open_reason; /* of an open hold with this digest */
	struct slice title;	  /* then: of its event, as JSON */
	/* a date for which its series is deleted: the master, the end of the
	 * date's own link, and the entry that stands for all of them */
	struct slice series, ends;
	bool is_exception;
	struct entry *head;
	struct recipients mail;
	struct mailed *spent;
	size_t spent_count;
};

/* Graph ids whose links go on. */
struct going {
	struct going *next;
	struct slice id;
	bool settled; /* nothing goes out beside it */
};

struct kept {
	struct arena arena;
	struct going *going;
	struct entry *first, **last;
	size_t count;
	size_t adoption_bytes;
	int64_t deletions; /* also those for which there was no room */
	struct claim *claims;
	size_t claim_count, claim_room, events;
};

/* A new entry at the end of the list, with what a skip would say. */
struct entry *kept_entry(
    struct kept *k, const struct candidate *c, enum op op, struct slice line);
bool kept_has_room(const struct kept *k);
struct slice kept_copy(struct kept *k, struct slice text);

/* What stands for the entry instead. */
struct instead {
	enum reason reason;
	const char *rule;
	enum policy_key key;
	struct slice evidence;
	bool again;    /* due at once */
	bool tomorrow; /* due when the next day begins */
};

void kept_skip(const struct entry *e, const struct section_end *end,
    const struct instead *i);
/* Held for that reason, which lies in the whole section. */
void kept_hold_out(const struct entry *e, const struct section_end *end,
    const struct instead *i);
/* The op, a hold, or a skip; R_NONE: the op. */
enum reason kept_put_out(const struct entry *e, const struct section_end *end);
/* What became of the head's op is that of the whole series: the ends of the other
 * dates' links, or skips. */
void kept_put_series(struct entry *const *entries, size_t count,
    const struct entry *head, const struct section_end *end,
    enum reason stopped);
/* Of the dates of one series one stands for all. */
void kept_join_series(struct entry *const *entries, size_t count);
/* Instead of what limit.per_day leaves no room for. */
struct instead kept_tomorrow(void);
/* No gate stops it but, perhaps, a budget. */
bool kept_may_go(const struct entry *e);

#endif
