/*
 * files: what is attached to an event, file, item or reference, and what the
 * API shows of it.  Files belong to one copy; hasAttachments is of all.
 */
#ifndef GRAPHSIM_FILES_H
#define GRAPHSIM_FILES_H

#include "scope.h"

struct file {
	struct event *event;
	uint64_t number; /* in its id */
	char *name, *type, *kind;
	char *bytes; /* base64 */
	int64_t size;
	int64_t modified; /* utc */
	bool is_inline;
};

/*
 * From JSON: name, contentType, kind (file, item, reference), contentBytes
 * (base64) or size (so many bytes of zero), inline, modified is now.  A name
 * that is there already is replaced under a new time; `gone`: taken off.
 */
void files_attach(struct event *e, json_t *o);

struct reply *files_list(struct scope *s, const struct event *e);
struct reply *files_one(struct scope *s, const struct event *e, const char *id);

#endif
