#include "transaction.h"

#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "text.h"

static const char *
id_of(const struct request *r)
{
	return json_string_value(json_object_get(r->json, "transactionId"));
}

/* Of the payload as JSON, so that spaces and order do not matter. */
static uint64_t
payload(const struct request *r)
{
	char *text = json_dumps(r->json, JSON_COMPACT | JSON_SORT_KEYS);
	uint64_t h = text_hash(text, strlen(text));

	free(text);
	return h;
}

static struct transaction *
find(struct user *u, const char *id)
{
	int64_t oldest = world_now() - mode(MODE_TRANSACTION_TTL);

	for (size_t i = 0; i < u->ntransactions; i++)
		if (strcmp(u->transactions[i].id, id) == 0 &&
		    u->transactions[i].at >= oldest)
			return &u->transactions[i];
	return NULL;
}

struct reply *
transaction_check(struct user *u, const struct request *r, struct event **known)
{
	const char *id = id_of(r);
	struct transaction *t = id == NULL ? NULL : find(u, id);

	*known = NULL;
	if (u->group && mode(MODE_GROUP_TRANSACTION) == 1)
		return NULL;
	if (t == NULL || u->items[t->num]->deleted)
		return NULL;
	if (t->payload != payload(r)) {
		if (mode(MODE_TRANSACTION_DIFFERS) == 1)
			return reply_error(409, "ErrorDuplicateTransactionId",
			    "Your request can't be completed. The "
			    "transactionId was used before.");
		if (mode(MODE_TRANSACTION_DIFFERS) == 2)
			return NULL;
	}
	*known = u->items[t->num];
	return NULL;
}

void
transaction_note(struct user *u, const struct request *r, const struct event *e)
{
	const char *id = id_of(r);
	struct transaction *t;

	if (id == NULL)
		return;
	t = world_push(u->transactions, u->ntransactions);
	t->id = arena_strdup(id);
	t->payload = payload(r);
	t->num = e->num;
	t->at = world_now();
}
