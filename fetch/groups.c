/*
 * groups: two batches of a mailbox, one after the other: which of the
 * addresses are groups, and who is on those; each again for what stands on a
 * further page, which Graph may begin wherever it likes.
 */
#include <stdlib.h>
#include <string.h>

#include "bounds.h"
#include "canon_people.h"
#include "log.h"
#include "mailbox.h"
#include "xalloc.h"

/* Addresses that one run asks about. */
#define ASKED_MAX 2000
/* Pages of one question. */
#define PAGES_MAX 200

struct groups_ask {
	struct arena arena;
	uint32_t *used; /* numbers of the groups that the section names */
	size_t used_count, used_cap;
	uint32_t *wanted;     /* those of them that are asked about */
	struct question *ask; /* of each of those */
	size_t wanted_count;
	struct inquiry inquiry; /* about which of these */
	bool found;		/* which are groups */
};

/* What is asked about one of them. */
struct question {
	struct slice id;   /* if it turned out to be a group */
	struct slice next; /* where it goes on */
	unsigned pages;
	struct str members; /* objects with a comma between, so far */
	size_t member_count;
};

void
groups_run(struct groups *g, const struct json *run)
{
	g->on = json_is(
	    json_path(run, "policy", "attendees.groups", NULL), "expand");
	g->domains = json_get(run, "domains");
}

void
groups_free(struct groups *g)
{
	idmap_free(&g->index);
	free(g->list);
}

static bool
is_of_firm(const struct groups *g, struct slice address)
{
	const struct json *i = g->domains ? g->domains->child : NULL;
	struct slice domain = address;

	if (i == NULL)
		return true;
	while (domain.len > 0 && domain.data[domain.len - 1] != '@')
		domain.len--;
	domain.data += domain.len;
	domain.len = address.len - domain.len;
	for (; i != NULL; i = i->next)
		if (slice_eq(json_str(i), domain))
			return true;
	return false;
}

static uint32_t
number_of(struct fetch *f, struct slice address)
{
	struct groups *g = &f->groups;
	uint32_t n = idmap_get(&g->index, address);

	if (n != IDMAP_NONE)
		return n;
	if (g->count == g->cap) {
		g->cap = g->cap == 0 ? 64 : g->cap * 2;
		g->list = xreallocarray(g->list, g->cap, sizeof *g->list);
	}
	n = (uint32_t)g->count++;
	g->list[n] = (struct group){
		.address = { arena_copy(&f->arena, address.data, address.len),
		    address.len }
	};
	idmap_set(&g->index, address, n);
	return n;
}

void
groups_mailbox(struct mailbox *m)
{
	struct arena a = { .max = RECORD_ARENA_MAX };
	struct slice address =
	    people_address(&a, json_text(m->record, "mailbox"));

	if (m->fetch->groups.on && address.len > 0) {
		uint32_t n = number_of(m->fetch, address);

		m->fetch->groups.list[n].asked = true;
	}
	arena_free(&a);
}

static void
use(struct groups_ask *q, uint32_t n)
{
	for (size_t i = 0; i < q->used_count; i++)
		if (q->used[i] == n)
			return;
	if (q->used_count == q->used_cap) {
		q->used_cap = q->used_cap == 0 ? 32 : q->used_cap * 2;
		q->used = xreallocarray(q->used, q->used_cap, sizeof *q->used);
	}
	q->used[q->used_count++] = n;
}

static void
scan_event(struct mailbox *m, struct slice data, struct arena *a)
{
	const struct json *people =
	    json_get(json_parse(a, data, JSON_LAST_WINS, NULL), "attendees");
	const struct json *i = people ? people->child : NULL;

	for (; i != NULL; i = i->next) {
		struct slice address = people_address(
		    a, json_text(json_get(i, "emailAddress"), "address"));

		if (address.len > 0 && address.len < 320 &&
		    !json_is(json_get(i, "type"), "resource") &&
		    is_of_firm(&m->fetch->groups, address))
			use(m->groups, number_of(m->fetch, address));
	}
}

static void
scan(struct mailbox *m)
{
	const struct section *s = &m->section;
	struct arena a = { .max = PAGE_ARENA_MAX };
	struct str bytes = { .max = HTTP_BODY_MAX };

	m->groups = xcalloc(1, sizeof *m->groups);
	m->groups->arena.max = PAGE_ARENA_MAX;
	for (uint32_t n = 0; n < s->count; n++) {
		if (s->entry[n].kind != KIND_EVENT)
			continue;
		scan_event(m,
		    spool_read(
			&s->spool, s->entry[n].at, s->entry[n].len, &bytes),
		    &a);
		arena_reset(&a);
	}
	str_free(&bytes);
	arena_free(&a);
}

/* members NULL: they are not known. */
static void
settle(struct fetch *f, struct group *g, const struct str *members)
{
	struct str line = { .max = PAGE_ARENA_MAX };

	str_adds(&line, "{\"type\":\"group\",\"address\":");
	json_quote(&line, g->address);
	str_adds(&line, ",\"members\":");
	if (members == NULL) {
		str_adds(&line, "null");
	} else {
		str_addc(&line, '[');
		str_add_slice(&line, str_slice(members));
		str_addc(&line, ']');
	}
	str_addc(&line, '}');
	g->line = (struct slice){ arena_copy(&f->arena, line.data, line.len),
		line.len };
	g->asked = true;
	str_free(&line);
}

static void
add_members(struct question *q, const struct json *list)
{
	const struct json *i = list->child;
	struct arena a = { .max = RECORD_ARENA_MAX };

	q->member_count += list->count;
	for (; i != NULL; i = i->next) {
		struct slice address = people_address(&a, json_text(i, "mail"));

		/* Of lists in the list Graph gives the members too. */
		if (address.len == 0 || json_is(json_get(i, "@odata.type"),
					    "#microsoft.graph.group"))
			continue;
		str_adds(&q->members,
		    q->members.len > 0 ? ",{\"address\":" : "{\"address\":");
		json_quote(&q->members, address);
		str_adds(&q->members, ",\"name\":");
		json_quote(&q->members, json_text(i, "displayName"));
		str_addc(&q->members, '}');
	}
	arena_free(&a);
}

struct slice
groups_path(struct slice link)
{
	while (link.len > 0 && !slice_starts(link, "/groups")) {
		link.data++;
		link.len--;
	}
	return link;
}

/* One page of it.  Where it goes on is noted in the question. */
static const struct json *
list_of(struct groups_ask *all, struct question *q,
    const struct graph_answer *answer, struct arena *a)
{
	const struct json *v, *list;
	struct slice next, path;

	q->next = NO_SLICE;
	if (answer->verdict != GRAPH_OK)
		return NULL;
	v = json_parse(a, answer->body, JSON_LAST_WINS, NULL);
	list = json_get(v, "value");
	next = json_text(v, "@odata.nextLink");
	path = groups_path(next);
	if (next.len > 0 && (path.len == 0 || ++q->pages >= PAGES_MAX))
		return NULL;
	q->next = (struct slice){ arena_copy(&all->arena, path.data, path.len),
		path.len };
	return list != NULL && list->type == JSON_ARRAY ? list : NULL;
}

static void
tell_denied(struct fetch *f, const struct graph_answer *answer)
{
	if (answer->verdict != GRAPH_DENIED || f->groups.told_denied)
		return;
	f->groups.told_denied = true;
	log_warn("groups cannot be read: grant the application "
		 "GroupMember.Read.All, or set attendees.groups = skip",
	    NULL);
}

static void
on_found(struct mailbox *m, size_t n, const struct graph_answer *answer)
{
	struct groups_ask *q = m->groups;
	struct group *g = &m->fetch->groups.list[q->wanted[n]];
	struct arena a = { .max = RECORD_ARENA_MAX };
	const struct json *list = list_of(q, &q->ask[n], answer, &a);
	struct slice id = json_text(list ? list->child : NULL, "id");

	if (list == NULL) {
		tell_denied(m->fetch, answer);
		q->ask[n].next = NO_SLICE;
		settle(m->fetch, g, NULL);
	} else if (id.len > 0) {
		q->ask[n].next = NO_SLICE;
		q->ask[n].id =
		    (struct slice){ arena_copy(&q->arena, id.data, id.len),
			    id.len };
	} else if (q->ask[n].next.len == 0) {
		g->asked = true; /* no list */
	}
	arena_free(&a);
}

static void
on_members(struct mailbox *m, size_t n, const struct graph_answer *answer)
{
	struct question *q = &m->groups->ask[n];
	struct group *g = &m->fetch->groups.list[m->groups->wanted[n]];
	struct arena a = { .max = PAGE_ARENA_MAX };
	const struct json *list = list_of(m->groups, q, answer, &a);

	tell_denied(m->fetch, answer);
	if (list != NULL)
		add_members(q, list);
	if (list == NULL || q->member_count > GROUP_MEMBERS_MAX) {
		q->next = NO_SLICE;
		settle(m->fetch, g, NULL);
	} else if (q->next.len == 0) {
		settle(m->fetch, g, &q->members);
	}
	arena_free(&a);
}

static void
add_filter(struct str *url, struct slice address)
{
	struct str filter = { 0 };

	str_adds(&filter, "mail eq ");
	mailbox_add_quoted(&filter, address);
	str_adds(url, "/groups?$filter=");
	http_escape(url, str_slice(&filter));
	str_adds(url, "&$select=id");
	str_free(&filter);
}

/* What goes on, with the next page of each. */
static bool
ask_on(struct mailbox *m, inquiry_answer *answer)
{
	struct groups_ask *q = m->groups;
	struct str url = { 0 };

	inquiry_begin(&q->inquiry, m, q->wanted_count + 1, answer);
	for (size_t i = 0; i < q->wanted_count; i++) {
		if (q->ask[i].next.len == 0)
			continue;
		str_reset(&url);
		str_add_slice(&url, q->ask[i].next);
		inquiry_add(&q->inquiry, str_slice(&url), i);
	}
	str_free(&url);
	return inquiry_send(&q->inquiry);
}

static bool
ask_which(struct mailbox *m)
{
	struct groups *g = &m->fetch->groups;
	struct groups_ask *q = m->groups;
	struct str url = { 0 };

	q->wanted =
	    arena_array(&q->arena, q->used_count + 1, sizeof *q->wanted);
	q->ask = xcalloc(q->used_count + 1, sizeof *q->ask);
	for (size_t i = 0; i < q->used_count; i++)
		if (!g->list[q->used[i]].asked && q->used[i] < ASKED_MAX)
			q->wanted[q->wanted_count++] = q->used[i];
	inquiry_begin(&q->inquiry, m, q->wanted_count + 1, on_found);
	for (size_t i = 0; i < q->wanted_count; i++) {
		q->ask[i].members.max = PAGE_ARENA_MAX;
		str_reset(&url);
		add_filter(&url, g->list[q->wanted[i]].address);
		inquiry_add(&q->inquiry, str_slice(&url), i);
	}
	str_free(&url);
	return inquiry_send(&q->inquiry);
}

static bool
ask_members(struct mailbox *m)
{
	struct groups_ask *q = m->groups;
	struct str url = { 0 };

	q->found = true;
	inquiry_begin(&q->inquiry, m, q->wanted_count + 1, on_members);
	for (size_t i = 0; i < q->wanted_count; i++) {
		if (q->ask[i].id.len == 0)
			continue;
		q->ask[i].pages = 0;
		str_reset(&url);
		str_adds(&url, "/groups/");
		http_escape(&url, q->ask[i].id);
		str_addf(&url,
		    "/transitiveMembers?$select=mail,displayName&$top=%d",
		    GROUP_MEMBERS_MAX);
		inquiry_add(&q->inquiry, str_slice(&url), i);
	}
	str_free(&url);
	return inquiry_send(&q->inquiry);
}

bool
groups_start(struct mailbox *m)
{
	if (!m->fetch->groups.on || m->failed)
		return false;
	if (m->groups == NULL) {
		scan(m);
		if (ask_which(m))
			return true;
	}
	if (m->groups->found)
		return ask_on(m, on_members);
	return ask_on(m, on_found) || ask_members(m);
}

void
groups_lines(struct mailbox *m, struct str *lines)
{
	struct groups *g = &m->fetch->groups;

	if (!g->on)
		return;
	if (m->groups == NULL)
		scan(m);
	for (size_t i = 0; i < m->groups->used_count; i++) {
		struct group *one = &g->list[m->groups->used[i]];

		if (!one->asked) {
			settle(m->fetch, one, NULL);
			one->asked = false;
		}
		if (one->line.data == NULL)
			continue;
		str_add_slice(lines, one->line);
		str_addc(lines, '\n');
	}
}

void
groups_close(struct mailbox *m)
{
	if (m->groups == NULL)
		return;
	for (size_t i = 0; i < m->groups->wanted_count; i++)
		str_free(&m->groups->ask[i].members);
	free(m->groups->ask);
	inquiry_free(&m->groups->inquiry);
	arena_free(&m->groups->arena);
	free(m->groups->used);
	free(m->groups);
}
