/*
 * item: what a mailbox shows, one entry of a view: a single event, a series
 * master, an occurrence, or an exception.  Occurrences are not stored; an
 * item is made when somebody looks.
 */
#ifndef GRAPHSIM_ITEM_H
#define GRAPHSIM_ITEM_H

#include "world.h"

enum item_type {
	ITEM_SINGLE,
	ITEM_OCCURRENCE,
	ITEM_EXCEPTION,
	ITEM_MASTER,
};

struct item {
	struct event *event;
	enum item_type type;
	int64_t day;		 /* original date of occurrence, exception */
	const struct content *c; /* of the exception, else of the event */
	int64_t start, end;	 /* local */
	int64_t start_utc, end_utc;
};

struct item_list {
	struct item *items; /* on the heap */
	size_t n;
};

/* The event itself: a single or a master. */
void item_of_event(struct event *e, struct item *it);

/* One instance; false if the series has none on that original date. */
bool item_of_day(struct event *e, int64_t day, struct item *it);

/* Does it overlap [from, to)? */
bool item_in(const struct item *it, int64_t from, int64_t to);

/* Append singles and instances of one event that overlap [from, to). */
void item_expand(
    struct event *e, int64_t from, int64_t to, struct item_list *list);

void item_list_add(struct item_list *list, const struct item *it);

/* By start, then id: the order of views. */
void item_list_sort(struct item_list *list);
void item_list_free(struct item_list *list);

struct exception *item_exception(const struct event *e, int64_t day);
bool item_is_gone(const struct event *e, int64_t day);

/* Is the event there for readers: not deleted, not still invisible? */
bool item_visible(const struct event *e);

#endif
