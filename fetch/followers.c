/*
 * followers: who is mailed when a group's calendar is written to.  Exchange mails
 * whoever follows the group, which Graph does not tell of others, and puts the one
 * whose sign-in is used on the event; so it is all of them who count: the members,
 * with those of groups in the group, and that person.
 *
 * Asked once a section, after all else and only where policy writes: in one batch,
 * and again for what stands on a further page.  Graph gives nothing but the id of members whose addresses the sign-in does not
 * let it show; then it is not known who is in the group.
 */
#include <stdlib.h>

#include "bounds.h"
#include "canon_people.h"
#include "groups.h"
#include "log.h"
#include "mailbox.h"
#include "xalloc.h"

/* Pages of one group, which Graph may begin wherever it likes. */
#define PAGES_MAX 200

struct followers_ask {
	struct arena arena;
	struct graph_batch batch;
	struct graph_item item[2];
	struct slice
	    member[GROUP_MEMBERS_MAX + 1]; /* addresses; the writer too */
	struct str members; /* the same as elements of an array */
	size_t count;
	struct slice writer, writer_name;
	struct slice next; /* where the members go on */
	unsigned pages;
	bool known; /* all members are */
};

static bool
is_wanted(const struct mailbox *m)
{
	return m->group && json_true(m->record, "outward");
}

static struct slice
address_of(struct arena *a, const struct json *person)
{
	struct slice mail = people_address(a, json_text(person, "mail"));

	return mail.len > 0
		   ? mail
		   : people_address(a, json_text(person, "userPrincipalName"));
}

static void
add_member(struct followers_ask *q, struct slice address, struct slice name)
{
	struct jsonw w;

	for (size_t i = 0; i < q->count; i++)
		if (slice_eq(q->member[i], address))
			return;
	if (q->count > 0)
		str_addc(&q->members, ',');
	q->member[q->count++] = address;
	jw_start(&w, &q->members);
	jw_object(&w, NULL);
	jw_str(&w, "address", address);
	jw_str(&w, "name", name);
	jw_end(&w);
}

/* One page of them; false: who is in the group is not known. */
static bool
take_page(struct followers_ask *q, const struct json *v)
{
	const struct json *list = json_get(v, "value"), *i;
	struct slice next = json_text(v, "@odata.nextLink");

	q->next = groups_path(next);
	if (list == NULL || list->type != JSON_ARRAY ||
	    (next.len > 0 && (q->next.len == 0 || ++q->pages >= PAGES_MAX)))
		return false;
	for (i = list->child; i != NULL; i = i->next) {
		struct slice address = address_of(&q->arena, i);

		/* Of a group in the group Graph gives the members too. */
		if (json_is(
			json_get(i, "@odata.type"), "#microsoft.graph.group"))
			continue;
		if (address.len == 0 || q->count == GROUP_MEMBERS_MAX)
			return false;
		add_member(q, address, json_text(i, "displayName"));
	}
	return true;
}

static void
take_members(struct followers_ask *q, const struct json *v)
{
	q->known = take_page(q, v);
	if (!q->known)
		q->next = NO_SLICE;
}

static void
tell_denied(const struct mailbox *m, const struct graph_answer *answer)
{
	if (answer->verdict == GRAPH_DENIED)
		log_warn("it cannot be read who is in the group: what is "
			 "written to its calendar is held",
		    "account=%lld hint=\"calsync account connect\"",
		    (long long)m->account);
}

static void
on_answer(void *ctx, size_t nth, const struct graph_answer *answer)
{
	struct mailbox *m = ctx;
	struct followers_ask *q = m->followers;
	const struct json *v;

	if (answer->verdict != GRAPH_OK) {
		if (nth == 0) {
			q->known = false;
			q->next = NO_SLICE;
		}
		tell_denied(m, answer);
		if (answer->verdict != GRAPH_DENIED &&
		    !mailbox_is_lasting(answer))
			mailbox_fail_by(m, answer);
		return;
	}
	v = json_parse(&q->arena,
	    (struct slice){
		arena_copy(&q->arena, answer->body.data, answer->body.len),
		answer->body.len },
	    JSON_LAST_WINS, NULL);
	if (nth == 0) {
		take_members(q, v);
	} else {
		q->writer = address_of(&q->arena, v);
		q->writer_name = json_text(v, "displayName");
	}
}

static void
on_finished(void *ctx)
{
	struct mailbox *m = ctx;

	struct followers_ask *q = m->followers;

	m->outstanding--;
	q->batch = (struct graph_batch){ 0 };
	if (q->next.len == 0) {
		q->known = q->known && q->writer.len > 0;
		if (q->known)
			add_member(q, q->writer, q->writer_name);
	}
	mailbox_advance(m);
}

static struct graph_item
item(struct followers_ask *q, struct slice place, const char *after)
{
	struct str url = { .max = URL_MAX_BYTES };
	struct graph_item i;

	str_add_slice(&url, place);
	str_adds(&url, after);
	i = (struct graph_item){
		.url = { arena_copy(&q->arena, url.data, url.len), url.len }
	};
	str_free(&url);
	return i;
}

static void
ask(struct mailbox *m, size_t count)
{
	struct followers_ask *q = m->followers;

	q->next = NO_SLICE;
	q->batch = (struct graph_batch){ .mailbox = m->graph,
		.item = q->item,
		.count = count,
		.ctx = m,
		.answer = on_answer,
		.finished = on_finished };
	m->outstanding++;
	graph_batch_get(&q->batch);
}

bool
followers_start(struct mailbox *m)
{
	struct followers_ask *q = m->followers;

	if (!is_wanted(m) || m->failed)
		return false;
	if (q != NULL) {
		if (q->next.len == 0)
			return false;
		q->item[0] = (struct graph_item){ .url = q->next };
		ask(m, 1);
		return true;
	}
	q = m->followers = xcalloc(1, sizeof *q);
	q->arena.max = PAGE_ARENA_MAX;
	q->members.max = LINE_MAX_BYTES;
	q->item[0] = item(q, graph_mailbox_path(m->graph),
	    "/transitiveMembers?$select=id,mail,userPrincipalName,displayName"
	    "&$top=999");
	q->item[1] = item(
	    q, SLICE("/me"), "?$select=mail,userPrincipalName,displayName");
	ask(m, 2);
	return true;
}

void
followers_line(const struct mailbox *m, struct str *lines)
{
	struct followers_ask *q = m->followers;
	struct jsonw w;

	if (!is_wanted(m))
		return;
	jw_start(&w, lines);
	jw_object(&w, NULL);
	jw_cstr(&w, "type", "group");
	jw_str(&w, "address", json_text(m->record, "mailbox"));
	jw_bool(&w, "own", true);
	if (q == NULL || !q->known) {
		jw_null(&w, "members");
	} else {
		jw_array(&w, "members");
		if (q->count > 0)
			jw_raw(&w, NULL, str_slice(&q->members));
		jw_end(&w);
		jw_str(&w, "writer", q->writer);
	}
	jw_end(&w);
	str_addc(lines, '\n');
}

void
followers_close(struct mailbox *m)
{
	if (m->followers == NULL)
		return;
	arena_free(&m->followers->arena);
	str_free(&m->followers->members);
	free(m->followers);
}
