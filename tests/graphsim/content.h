/*
 * content: what an event says, as a value that can be copied and compared.
 */
#ifndef GRAPHSIM_CONTENT_H
#define GRAPHSIM_CONTENT_H

#include "world.h"

/* The defaults of a new event. */
void content_init(struct content *c);

/* A deep copy into uninitialised or zeroed memory. */
void content_copy(struct content *to, const struct content *from);

/* Free what a content owns; the struct itself stays, zeroed. */
void content_free(struct content *c);

/*
 * Take over what an organizer's change carries to an attendee's copy, and
 * keep what is private to the mailbox (categories, reminder, showAs, answer).
 */
void content_share(struct content *to, const struct content *from);

int64_t content_start_utc(const struct content *c);
int64_t content_end_utc(const struct content *c);

struct attendee *content_attendee(const struct content *c, const char *address);
void content_add_attendee(struct content *c, const struct attendee *a);
void content_free_attendees(struct content *c);
void content_free_places(struct content *c);

/* Add a place that has only a name, or none if the name is empty. */
struct place *content_add_place(struct content *c, const char *name);

bool content_has_category(const struct content *c, const char *name);
void content_add_category(struct content *c, const char *name);
void content_drop_category(struct content *c, const char *name);

void content_set_property(struct content *c, const char *id, const char *value);
const char *content_property(const struct content *c, const char *id);

struct extension *content_extension(const struct content *c, const char *name);
void content_set_extension(
    struct content *c, const char *name, const char *members);
bool content_drop_extension(struct content *c, const char *name);

/* Same set of people, ignoring their answers. */
bool content_same_attendees(const struct content *a, const struct content *b);

struct recurrence *content_copy_series(const struct recurrence *r);
void content_free_series(struct recurrence *r);

#endif
